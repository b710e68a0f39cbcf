/**
 * Keeps a list at its end while the reader is there, and leaves it alone when they have scrolled up.
 * The size is watched, not only the content: rows off screen get their true height when they come near.
 */
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

const NEAR_PX = 48;

export interface StickToEnd {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly content: RefObject<HTMLOListElement | null>;
  readonly isAtEnd: boolean;
  readonly toEnd: () => void;
}

/** `resetKey`: a new value (another room) starts at the end again. */
export function useStickToEnd(resetKey: string): StickToEnd {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLOListElement>(null);
  const isSticky = useRef(true);
  const [isAtEnd, setIsAtEnd] = useState(true);

  const toEnd = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    isSticky.current = true;
    setIsAtEnd(true);
    box.scrollTop = box.scrollHeight;
  }, []);

  useLayoutEffect(() => toEnd(), [resetKey, toEnd]);

  useEffect(() => {
    const box = scroller.current;
    const list = content.current;
    if (box === null || list === null) return undefined;
    let lastTop = box.scrollTop;
    const onScroll = (): void => {
      const isNear = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
      // Only going up lets go: growth of the content moves the end away without the reader doing anything.
      if (isNear) isSticky.current = true;
      else if (box.scrollTop < lastTop) isSticky.current = false;
      lastTop = box.scrollTop;
      setIsAtEnd(isSticky.current);
    };
    const follow = (): void => {
      if (isSticky.current) box.scrollTop = box.scrollHeight;
    };
    const watcher = new ResizeObserver(follow);
    watcher.observe(list);
    watcher.observe(box);
    box.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      watcher.disconnect();
      box.removeEventListener('scroll', onScroll);
    };
  }, [resetKey]);

  return { scroller, content, isAtEnd, toEnd };
}
