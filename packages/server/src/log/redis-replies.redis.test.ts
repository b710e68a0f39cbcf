/** A Redis that lies: whatever comes in place of a reply, the log answers with a LogError and the process lives. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { parseCursor, type CursorParts } from '@holdline/protocol';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lobby, message } from '../engine.contract.ts';
import { createKeys } from '../redis/keys.ts';
import type { EngineEvent } from './log-source.ts';
import type { MessageLog } from './message-log.ts';
import { RedisMessageLog } from './redis-message-log.ts';
import { createRetentionResolver } from './retention.ts';

/** The reply to every command but those of the handshake, and to every command inside a MULTI. */
let lie = '+OK\r\n';
const HANDSHAKE = new Set(['hello', 'client', 'info']);

const sockets = new Set<Socket>();
const server = createServer((socket) => {
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    for (const name of commandsIn(bytes.toString('latin1'))) socket.write(HANDSHAKE.has(name) ? '+OK\r\n' : lie);
  });
});

/** The first word of each RESP command; the tests send none that is split. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/\*\d+\r\n\$\d+\r\n([A-Za-z]+)\r\n/g)].map(([, name = '']) => name.toLowerCase());
}

let redis: Redis;
let log: MessageLog;
const events: EngineEvent[] = [];

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  redis = new Redis({ port, host: '127.0.0.1', enableReadyCheck: false, maxRetriesPerRequest: 0, commandTimeout: 500 });
  redis.on('error', () => undefined);
  log = new RedisMessageLog({
    redis,
    keys: createKeys('t'),
    retentionOf: createRetentionResolver([]),
    dedupeMs: 1000,
    dedupeRecords: 100,
    sealKey: () => 'key',
    observe: (event) => events.push(event),
    now: () => Date.now(),
  });
  await new Promise((resolve) => redis.once('ready', resolve));
});

afterAll(() => {
  redis.disconnect();
  for (const socket of sockets) socket.destroy();
  server.close();
});

const LIES: readonly (readonly [string, string])[] = [
  ['OK', '+OK\r\n'],
  ['a number', ':7\r\n'],
  ['nothing', '$-1\r\n'],
  ['RESP3 null', '_\r\n'],
  ['text', '$5\r\nhello\r\n'],
  ['an empty list', '*0\r\n'],
  ['a list of nothing', '*1\r\n$-1\r\n'],
  ['a list of lists', '*2\r\n*0\r\n*1\r\n:1\r\n'],
  ['too many outcomes', '*2\r\n$5\r\ns 1-1\r\n$5\r\ns 1-2\r\n'],
  ['an outcome that is none', '*1\r\n$7\r\ns 1-1-1\r\n'],
  ['a map', '%1\r\n+a\r\n:1\r\n'],
  ['a boolean', '#t\r\n'],
  ['a double', ',1.5\r\n'],
  ['a refusal', '-NOPERM no\r\n'],
  ['a server that is loading', '-LOADING data\r\n'],
  ['a busy server', '-BUSY script\r\n'],
];

test.each(LIES)('[G6.1] in place of every reply: %s', async (_what, reply) => {
  lie = reply;
  const start = parseCursor('0-0~') as CursorParts;

  const answers = await Promise.allSettled([
    log.append(lobby, [message('one')]),
    log.readAfter(lobby, start, { limit: 5 }),
    log.readAfter(lobby, parseCursor('5-5~x') as CursorParts, { limit: 5, recent: [] }),
    log.startCursor(lobby, 'all'),
    log.positions([lobby, lobby]),
    log.findStored(lobby, message('one')),
    log.cursorsBefore(lobby, '5-5~x' as never),
  ]);

  const [append, ...reads] = answers;
  expect(append).toMatchObject({ status: 'rejected', reason: { name: 'LogError', code: 'unavailable' } });
  for (const read of reads) {
    const isLogError = read.status === 'rejected' && (read.reason as Error).name === 'LogError';
    expect(isLogError || read.status === 'fulfilled').toBe(true);
  }
  expect(answers.slice(1, 4).every(({ status }) => status === 'rejected')).toBe(true);
});

test.each([
  ['-OOM command not allowed', 'store_refused'],
  ["-READONLY You can't write", 'store_refused'],
  ['-NOREPLICAS Not enough', 'store_refused'],
  ['-MISCONF Redis is configured', 'store_refused'],
  ['-ERR Error running script (call to f_1): @user_script:52: -OOM command not allowed', 'store_refused'],
  ['-ERR something about OOM', 'unavailable'],
  ['-WRONGTYPE Operation', 'unavailable'],
  ['-CLUSTERDOWN The cluster is down', 'unavailable'],
])('[G6.1] %s is %s', async (reply, code) => {
  lie = `${reply}\r\n`;

  const error = await log.append(lobby, [message('secret-payload')]).catch((caught: unknown) => caught);

  expect(error).toMatchObject({ name: 'LogError', code });
  // The error of the client holds the command with its payload; none of it may go on.
  expect(inspect(error, { depth: 10 })).not.toContain('secret-payload');
});

test('bad replies are told', () => {
  expect(events.some(({ name }) => name === 'bad-reply')).toBe(true);
});
