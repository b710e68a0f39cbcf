import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { OutboxRecord } from '@holdline/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeOutboxStore } from '../../../packages/client-sdk/src/outbox/outbox-store.contract.ts';
import { FileOutbox } from './file-outbox.ts';
import { portOutbox, servePort } from './port-outbox.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'holdline-outbox-'));
const remove = (dir: string): void => rmSync(dir, { recursive: true, force: true });

describeOutboxStore('an outbox in a file', () => {
  const dir = folder();
  const outbox = new FileOutbox(join(dir, 'outbox.jsonl'));
  return {
    tab: () => outbox.tab(),
    async dispose() {
      outbox.close();
      remove(dir);
    },
  };
});

describeOutboxStore('an outbox in a file, asked through a port', () => {
  const dir = folder();
  const outbox = new FileOutbox(join(dir, 'outbox.jsonl'));
  const ports: MessagePort[] = [];
  return {
    tab() {
      const { port1, port2 } = new MessageChannel();
      ports.push(port1);
      servePort(port1, outbox.tab());
      return portOutbox(port2);
    },
    async dispose() {
      ports.forEach((port) => port.close());
      outbox.close();
      remove(dir);
    },
  };
});

let dir = '';
beforeEach(() => void (dir = folder()));
afterEach(() => remove(dir));

const record = (key: string): OutboxRecord => ({
  key,
  scope: 's',
  producer: 'p',
  frame: { type: 'publish', room: 'lobby', event: 'text', messageId: key, data: 1, firstSentAt: 0 } as never,
  createdAt: 1,
});

test('[G2.2] what was written is there after the process was killed, and a torn last write is not', async () => {
  const path = join(dir, 'outbox.jsonl');
  const before = new FileOutbox(path).tab();
  await before.write([record('p/1'), record('p/2')], []);
  await before.write([], ['p/1']);
  appendFileSync(path, '{"records":[{"key":"p/3"');

  const after = new FileOutbox(path);

  expect((await after.tab().load()).map(({ key }) => key)).toEqual(['p/2']);
  await after.tab().write([record('p/4')], []);
  expect((await new FileOutbox(path).tab().load()).map(({ key }) => key)).toEqual(['p/2', 'p/4']);
});

test('[G2.6] the locks of a page that is gone come free', async () => {
  const outbox = new FileOutbox(join(dir, 'outbox.jsonl'));
  const dead = outbox.tab();
  await dead.lock?.('holdline/p', new AbortController().signal);
  const waiting = outbox.tab().lock?.('holdline/p', new AbortController().signal);

  dead.drop();

  await expect(waiting).resolves.toBeUndefined();
});
