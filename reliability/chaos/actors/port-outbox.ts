// The outbox store of a page that is a worker thread: it asks the thread that holds the file. The page's end, however it
// came about, closes the port, and with it its locks come free.

import type { MessagePort } from 'node:worker_threads';
import type { OutboxRecord, OutboxStore } from '@holdline/client';
import type { PageStore } from './file-outbox.ts';

type Request =
  | { readonly type: 'load'; readonly id: number }
  | {
      readonly type: 'write';
      readonly id: number;
      readonly records: readonly OutboxRecord[];
      readonly gone: readonly string[];
    }
  | { readonly type: 'lock'; readonly id: number; readonly name: string }
  | { readonly type: 'unlock'; readonly id: number }
  | { readonly type: 'announce'; readonly news: unknown };

type Answer =
  | { readonly type: 'done'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  | { readonly type: 'news'; readonly news: unknown };

/** Answers the page at the other end of the port for as long as that is open. */
export function servePort(port: MessagePort, store: PageStore): void {
  const holds = new Map<number, AbortController>();
  const off = store.onAnnounce?.((news) => port.postMessage({ type: 'news', news } satisfies Answer));
  const answer = (id: number, work: Promise<unknown>): void => {
    work.then(
      (value) => port.postMessage({ type: 'done', id, value } satisfies Answer),
      (error: Error) => port.postMessage({ type: 'failed', id, message: error.message } satisfies Answer),
    );
  };
  port.on('message', (request: Request) => {
    switch (request.type) {
      case 'load':
        return answer(request.id, store.load());
      case 'write':
        return answer(request.id, store.write(request.records, request.gone));
      case 'announce':
        return store.announce?.(request.news);
      case 'unlock':
        return holds.get(request.id)?.abort(new Error('given up'));
      case 'lock': {
        const hold = new AbortController();
        holds.set(request.id, hold);
        return answer(request.id, store.lock!(request.name, hold.signal));
      }
    }
  });
  port.on('close', () => {
    off?.();
    store.drop();
  });
}

export function portOutbox(port: MessagePort): OutboxStore {
  let lastId = 0;
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const listeners = new Set<(news: unknown) => void>();
  const ask = (request: Request & { id: number }): Promise<unknown> =>
    new Promise((resolve, reject) => {
      open.set(request.id, { resolve, reject });
      port.postMessage(request);
    });
  port.on('message', (answer: Answer) => {
    if (answer.type === 'news') return listeners.forEach((listener) => listener(answer.news));
    const asked = open.get(answer.id);
    open.delete(answer.id);
    if (answer.type === 'done') asked?.resolve(answer.value);
    else asked?.reject(new Error(answer.message));
  });
  return {
    load: async () => (await ask({ type: 'load', id: (lastId += 1) })) as OutboxRecord[],
    async write(records, gone) {
      await ask({ type: 'write', id: (lastId += 1), records, gone });
    },
    async lock(name, signal) {
      const id = (lastId += 1);
      signal.addEventListener('abort', () => {
        // Here at once: a grant that is on its way is too late, and is given back by the same message.
        open.get(id)?.reject(signal.reason as Error);
        open.delete(id);
        port.postMessage({ type: 'unlock', id } satisfies Request);
      });
      await ask({ type: 'lock', id, name });
    },
    announce: (news) => port.postMessage({ type: 'announce', news } satisfies Request),
    onAnnounce(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
