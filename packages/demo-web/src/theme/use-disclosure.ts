/** A part of the page that opens and closes: Escape closes it, and the focus goes back to what opened it. */
import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

export interface Disclosure {
  readonly isOpen: boolean;
  readonly opener: RefObject<HTMLButtonElement | null>;
  readonly toggle: () => void;
  readonly close: () => void;
}

export function useDisclosure(): Disclosure {
  const [isOpen, setIsOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const close = useCallback(() => {
    setIsOpen(false);
    opener.current?.focus();
  }, []);
  const toggle = useCallback(() => setIsOpen((before) => !before), []);
  useEffect(() => {
    if (!isOpen) return undefined;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.isComposing) close();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [isOpen, close]);
  return { isOpen, opener, toggle, close };
}
