/** Both ends of the typing signal: who writes in the room on the page, and telling the others that this reader does. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ChatClient } from './events.ts';
import { heard, still, type Typist } from './typing.ts';

const TICK_MS = 1_000;
/** Well under `TYPING_MS`, so that the indicator does not flicker, and far from a signal a key press. */
const TELL_EVERY_MS = 2_500;

export interface Typing {
  readonly typists: readonly Typist[];
  readonly onTyping: (room: string, name: string, isTyping: boolean) => void;
}

export function useTyping(): Typing {
  const [typists, setTypists] = useState<readonly Typist[]>([]);
  const onTyping = useCallback((room: string, name: string, isTyping: boolean) => {
    // Most messages come from someone who is not on the list: then nothing is drawn again.
    setTypists((list) =>
      isTyping || list.some((typist) => typist.room === room && typist.name === name)
        ? heard(list, room, name, isTyping, Date.now())
        : list,
    );
  }, []);
  const isAnyone = typists.length > 0;
  useEffect(() => {
    if (!isAnyone) return undefined;
    const timer = setInterval(() => setTypists((list) => still(list, Date.now())), TICK_MS);
    return () => clearInterval(timer);
  }, [isAnyone]);
  return { typists, onTyping };
}

/** Returns what to call with the text after each change of the writing field. */
export function useTellTyping(client: ChatClient | null, room: string): (text: string) => void {
  const last = useRef({ room: '', at: 0 });
  return useCallback(
    (text) => {
      const isTyping = text.trim() !== '';
      const now = Date.now();
      const isRecent = last.current.room === room && now - last.current.at < TELL_EVERY_MS;
      if (client === null || (isTyping && isRecent)) return;
      if (!isTyping && last.current.at === 0) return;
      last.current = { room, at: isTyping ? now : 0 };
      client.room(room).signal('typing', { isTyping });
    },
    [client, room],
  );
}
