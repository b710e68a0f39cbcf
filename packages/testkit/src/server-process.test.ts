import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { spawnServer } from './server-process.ts';

const dir = mkdtempSync(join(tmpdir(), 'holdline-entry-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function entry(name: string, source: string): string {
  const path = join(dir, `${name}.mjs`);
  writeFileSync(path, source);
  return path;
}

const LISTENING = `console.log(JSON.stringify({ msg: 'listening', url: 'ws://127.0.0.1:7', port: 7, instance: 'i-1',
  engine: process.env.REDIS_URL ? 'redis' : 'embedded', auth: process.env.HOLDLINE_AUTH }));
const alive = setInterval(() => {}, 1000);`;

test('reads the readiness line and passes the environment', async () => {
  const server = await spawnServer({ entry: entry('ready', LISTENING), redisUrl: 'redis://127.0.0.1:1' });

  expect(server).toMatchObject({ url: 'ws://127.0.0.1:7', port: 7, instance: 'i-1', engine: 'redis' });
  expect(server.logs[0]?.['auth']).toBe('open');

  expect(await server.kill9()).toEqual({ code: null, signal: 'SIGKILL' });
  expect(server.hasExited).toBe(true);
});

test('sigterm waits for an orderly end', async () => {
  const source = `process.on('SIGTERM', () => { console.log('{"msg":"drained"}'); clearInterval(alive); });
    ${LISTENING}`;
  const server = await spawnServer({ entry: entry('drain', source) });

  const exit = await server.sigterm();

  expect(exit).toEqual({ code: 0, signal: null });
  expect(server.logs.at(-1)?.msg).toBe('drained');
});

test('a server that ends before it listens is reported with its output', async () => {
  const source = `console.log('{"msg":"HOLDLINE_AUTH is missing"}'); console.error('and stderr'); process.exitCode = 2;`;

  const starting = spawnServer({ entry: entry('broken', source) });

  await expect(starting).rejects.toThrow(/ended \(code 2\)[^]*HOLDLINE_AUTH is missing[^]*and stderr/);
});

test('a silent server is ended at the deadline', async () => {
  const source = `setInterval(() => {}, 1000);`;

  const starting = spawnServer({ entry: entry('silent', source), startDeadlineMs: 200 });

  await expect(starting).rejects.toThrow('did not listen within 200 ms');
});

test('output that is not JSON is kept as such', async () => {
  const server = await spawnServer({ entry: entry('noise', `console.log('noise');${LISTENING}`) });

  await eventually(() => expect(server.logs[0]).toEqual({ msg: 'not-json', text: 'noise' }));
  await server.stop();
});
