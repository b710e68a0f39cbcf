import { expect, test } from 'vitest';
import { Emitter } from './emitter.ts';

interface Events {
  message: string;
  other: number;
}

function create(): { emitter: Emitter<Events>; reports: string[] } {
  const reports: string[] = [];
  const emitter = new Emitter<Events>({
    report({ code, cause }, event) {
      reports.push(`${String(event)} ${code} ${(cause as Error).message}`);
    },
  });
  return { emitter, reports };
}

test('handlers run in the order of registration, each registration with an undo of its own', () => {
  const { emitter } = create();
  const heard: string[] = [];
  const handler = (text: string): void => void heard.push(text);
  const off = emitter.on('message', handler);
  emitter.on('message', handler);
  emitter.on('message', (text) => void heard.push(`${text}!`));

  off();
  off();
  void emitter.emit('message', 'hi');

  expect(heard).toEqual(['hi', 'hi!']);
});

test('has tells whether anybody listens', () => {
  const { emitter } = create();
  const off = emitter.on('message', () => undefined);
  expect([emitter.has('message'), emitter.has('other')]).toEqual([true, false]);

  off();

  expect(emitter.has('message')).toBe(false);
});

test('what a handler throws or rejects with is reported, and the others run', async () => {
  const { emitter, reports } = create();
  const heard: string[] = [];
  emitter.on('message', () => {
    throw new Error('thrown');
  });
  emitter.on('message', () => Promise.reject(new Error('rejected')));
  emitter.on('message', (text) => heard.push(text));

  await Promise.all(emitter.emit('message', 'hi'));

  expect(heard).toEqual(['hi']);
  expect(reports.toSorted()).toEqual(['message handler_failed rejected', 'message handler_failed thrown']);
});

test('what emit answers with waits for the last handler', async () => {
  const { emitter } = create();
  let isDone = false;
  emitter.on('message', async () => {
    await Promise.resolve();
    isDone = true;
  });

  await Promise.all(emitter.emit('message', 'hi'));

  expect(isDone).toBe(true);
});

test('a thenable of its own kind is waited for as `await` would', async () => {
  const { emitter, reports } = create();
  const settled: string[] = [];
  const later = (text: string, settle: () => void): void =>
    queueMicrotask(() => {
      settled.push(text);
      settle();
    });
  const answers = [
    (resolve: () => void) => later('resolved', resolve),
    (_: unknown, reject: (cause: Error) => void) => later('rejected', () => reject(new Error('refused'))),
    'no function',
  ];
  // oxlint-disable-next-line unicorn/no-thenable -- what a handler may answer with
  for (const then of answers) emitter.on('message', () => ({ then }));

  await Promise.all(emitter.emit('message', 'hi'));

  expect(settled).toEqual(['resolved', 'rejected']);
  expect(reports).toEqual(['message handler_failed refused']);
});

test('a handler that comes while the others run hears the next event', () => {
  const { emitter } = create();
  const heard: string[] = [];
  emitter.on('message', () => void emitter.on('message', (text) => void heard.push(text)));

  void emitter.emit('message', 'first');
  void emitter.emit('message', 'second');

  expect(heard).toEqual(['second']);
});
