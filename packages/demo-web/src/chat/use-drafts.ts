/** What is being written, one draft a room, so that looking into another room loses nothing. */
import { useCallback, useState } from 'react';

export interface Drafts {
  readonly draft: string;
  readonly set: (text: string) => void;
  /** For text that comes back into the field: what stands there already stays. */
  readonly add: (text: string) => void;
}

export function useDrafts(room: string): Drafts {
  const [drafts, setDrafts] = useState<Readonly<Record<string, string>>>({});
  const set = useCallback((text: string) => setDrafts((all) => ({ ...all, [room]: text })), [room]);
  const add = useCallback(
    (text: string) => {
      setDrafts((all) => ({ ...all, [room]: [all[room] ?? '', text].filter(Boolean).join('\n') }));
      document.getElementById('composer')?.focus();
    },
    [room],
  );
  return { draft: drafts[room] ?? '', set, add };
}
