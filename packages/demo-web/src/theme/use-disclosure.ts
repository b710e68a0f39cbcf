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
  const close = useCallback(() => setIsOpen(false), []);
  const toggle = useCallback(() => setIsOpen((before) => !before), []);
  useEffect(() => {
    if (!isOpen) return undefined;
    const back = opener.current;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.isComposing) close();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => {
      document.removeEventListener('keydown', onKeyDown);
      // After the page has closed it: until then the opener may lie in a part that takes no focus.
      back?.focus();
    };
  }, [isOpen, close]);
  return { isOpen, opener, toggle, close };
}
