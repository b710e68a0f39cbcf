/** Whether the page has room for its columns; the same width as in layout.css. */
import { useSyncExternalStore } from 'react';

const WIDE = '(min-width: 861px)';

function subscribe(onChange: () => void): () => void {
  const query = matchMedia(WIDE);
  query.addEventListener('change', onChange);
  return () => query.removeEventListener('change', onChange);
}

export const useIsWide = (): boolean => useSyncExternalStore(subscribe, () => matchMedia(WIDE).matches);
