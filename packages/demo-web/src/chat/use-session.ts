/** The session of this tab: started while the chat is on the page, and its view. */
import { useEffect, useState, useSyncExternalStore } from 'react';
import { createSession, type Session, type SessionOptions, type SessionView } from './session.ts';

/** Takes the options of the first call; a change of user is another component (`key`). */
export function useSession(options: SessionOptions): [session: Session, view: SessionView] {
  const [session] = useState(() => createSession(options));
  useEffect(() => session.start(), [session]);
  return [session, useSyncExternalStore(session.subscribe, session.view)];
}
