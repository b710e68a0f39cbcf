/**
 * Keeps a list at its end while the reader is there, and leaves it alone once they have scrolled up.
 * The size is watched, not only the content: rows off screen get their true height when they come near.
 */
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

const NEAR_PX = 48;
/** A scroll this soon after a wheel, a key or a finger is the reader's own. */
const INTENT_MS = 400;
const INTENTS = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;

export interface StickToEnd {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly content: RefObject<HTMLOListElement | null>;
  readonly isAtEnd: boolean;
  readonly toEnd: () => void;
}

export function useStickToEnd(): StickToEnd {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLOListElement>(null);
  const isSticky = useRef(true);
  const [isAtEnd, setIsAtEnd] = useState(true);

  const stick = useCallback((isOn: boolean) => {
    isSticky.current = isOn;
    setIsAtEnd(isOn);
    // At the end we hold the place ourselves; further up the browser does, when rows above come and go.
    if (scroller.current !== null) scroller.current.style.overflowAnchor = isOn ? 'none' : 'auto';
  }, []);
  const toEnd = useCallback(() => {
    stick(true);
    if (scroller.current !== null) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, [stick]);

  useLayoutEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = scroller.current.scrollHeight;
  }, []);

  useEffect(() => {
    const box = scroller.current;
    const list = content.current;
    return box === null || list === null ? undefined : watch(box, list, isSticky, stick);
  }, [stick]);

  return { scroller, content, isAtEnd, toEnd };
}

function watch(
  box: HTMLElement,
  list: HTMLElement,
  isSticky: RefObject<boolean>,
  stick: (isOn: boolean) => void,
): () => void {
  let { scrollTop: top, scrollHeight: height } = box;
  let intentAt = -INTENT_MS;
  const onIntent = (event: Event): void => {
    intentAt = event.timeStamp;
  };
  const onScroll = (event: Event): void => {
    const isNear = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    // Content that changes its size moves the list as well; only a reader who goes up lets go of the end.
    const isReader = box.scrollHeight === height || event.timeStamp - intentAt < INTENT_MS;
    if (isNear !== isSticky.current && (isNear || (isReader && box.scrollTop < top))) stick(isNear);
    ({ scrollTop: top, scrollHeight: height } = box);
  };
  const follow = (): void => {
    if (isSticky.current) box.scrollTop = box.scrollHeight;
    ({ scrollTop: top, scrollHeight: height } = box);
  };
  const watcher = new ResizeObserver(follow);
  watcher.observe(list);
  watcher.observe(box);
  box.addEventListener('scroll', onScroll, { passive: true });
  for (const intent of INTENTS) box.addEventListener(intent, onIntent, { passive: true });
  return () => {
    watcher.disconnect();
    box.removeEventListener('scroll', onScroll);
    for (const intent of INTENTS) box.removeEventListener(intent, onIntent);
  };
}
