/**
 * Hop 2/8: what a browser tells about network and page life, by the names of its events. Hints, not facts:
 * `online` lies in both directions, so nothing waits for one for ever. Elsewhere (Node) there are none.
 */
export type NetworkHint = 'online' | 'offline' | 'visibilitychange' | 'pagehide' | 'freeze' | 'pageshow' | 'resume';

export interface NetworkHints {
  isOffline(): boolean;
  /** Returns its undo. */
  listen(onHint: (hint: NetworkHint) => void): () => void;
}

const HINTS = 'online offline visibilitychange pagehide freeze pageshow resume'.split(' ') as NetworkHint[];

export const browserHints: NetworkHints = {
  isOffline: () => globalThis.navigator?.onLine === false,
  listen(onHint) {
    const stop = new AbortController();
    const { signal } = stop;
    // In the capture phase the window also hears what is dispatched at the document and does not bubble.
    for (const hint of HINTS) {
      globalThis.addEventListener?.(
        hint,
        // What an element of the page calls by such a name is no hint: only window and document have no parent.
        ({ target }) => (target as Node).parentNode || onHint(hint),
        { capture: true, signal },
      );
    }
    return () => stop.abort();
  },
};
