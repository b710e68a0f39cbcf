import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';

// Seconds when the machine is idle; a loaded one is no failure.
vi.setConfig({ testTimeout: 30_000 });

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** The process from its sources, with nothing of our environment but the path. */
function start(env: Record<string, string>, flags: readonly string[] = []) {
  const child = spawn(process.execPath, ['--conditions=@holdline/source', ...flags, MAIN], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const heard = new Promise<void>((resolve, reject) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split('\n');
      rest = parts.pop() ?? '';
      // Throws when stdout holds anything but JSON lines.
      for (const part of parts) lines.push(JSON.parse(part) as Record<string, unknown>);
      if (lines.some(({ msg }) => msg === 'listening')) resolve();
    });
    void exited.then(([code]) => reject(new Error(`ended with ${code} before it listened`)));
  });
  heard.catch(() => {});
  return { child, lines, exited, listening: heard };
}

/** Tells on stderr which packages are asked for. */
const NAME_PACKAGES = `--import=data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  const resolve = (name, context, next) => {
    if (/^[a-z]/.test(name) && !/^(node|file|data):/.test(name)) process.stderr.write(name + ' ');
    return next(name, context);
  };
  registerHooks({ resolve });
`)}`;

test('without HOLDLINE_AUTH it ends at once, before it has loaded much, with one JSON line that names the variable', async () => {
  const { child, lines, exited } = start({}, [NAME_PACKAGES]);
  let asked = '';
  child.stderr!.on('data', (chunk: Buffer) => void (asked += chunk.toString()));

  const [code] = await exited;

  expect(code).toBe(1);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: 'error', variable: 'HOLDLINE_AUTH' });
  // The large ones are loaded only for a process that goes on.
  expect(asked.trim().split(' ')).toEqual(['nanoid']);
});

test('an option out of range is named by its variable', async () => {
  const { lines, exited } = start({ HOLDLINE_AUTH: 'open', HOLDLINE_MAX_ROOMS: '0' });

  expect((await exited)[0]).toBe(1);
  expect(lines.at(-1)).toMatchObject({ level: 'error', variable: 'HOLDLINE_MAX_ROOMS' });
});

test('says where it listens, serves there, and drains on SIGTERM with exit 0', async () => {
  const { child, lines, listening, exited } = start({ PORT: '0', HOLDLINE_AUTH: 'open', HOLDLINE_DRAIN_MS: '300' });
  await listening;
  const line = lines.find(({ msg }) => msg === 'listening')!;
  expect(Object.keys(line)).toEqual(expect.arrayContaining(['url', 'port', 'instance', 'engine']));
  const socket = new WebSocket(String(line['url']), 'holdline.v1');
  await once(socket, 'open');

  child.kill('SIGTERM');

  const [code] = (await once(socket, 'close')) as [number];
  expect(code).toBe(4503);
  expect((await exited)[0]).toBe(0);
});

test('with Redis away it lives, is not ready, and does not say that it listens', async () => {
  const { child, lines, exited } = start({
    PORT: '0',
    HOLDLINE_AUTH: 'open',
    REDIS_URL: 'redis://127.0.0.1:1',
    HOLDLINE_DRAIN_MS: '0',
  });
  const waiting = (): boolean => lines.some(({ msg }) => msg === 'waiting for the engine');
  while (!waiting() && child.exitCode === null) await once(child.stdout!, 'data');

  expect(lines.some(({ msg }) => msg === 'listening')).toBe(false);
  // Several tries of two connections by now, and one line about them.
  const failures = lines.filter(({ msg }) => msg === 'connection to Redis failed');
  expect(failures).toHaveLength(1);
  expect(failures[0]).toMatchObject({ level: 'warn', reason: expect.stringContaining('ECONNREFUSED') as string });
  child.kill('SIGTERM');
  expect((await exited)[0]).toBe(0);
});
