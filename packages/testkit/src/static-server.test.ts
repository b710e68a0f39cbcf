import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { serveFolder, type StaticServer } from './static-server.ts';

const dir = mkdtempSync(join(tmpdir(), 'holdline-static-'));
writeFileSync(join(dir, 'index.html'), '<p>page</p>');
writeFileSync(join(dir, 'app.js'), 'app');
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const open: StaticServer[] = [];
afterEach(() => Promise.all(open.splice(0).map((server) => server.close())));

async function serve(options: Partial<Parameters<typeof serveFolder>[0]> = {}): Promise<StaticServer> {
  const server = await serveFolder({ dir, ...options });
  open.push(server);
  return server;
}

test('serves the page and its files with their types', async () => {
  const { url } = await serve();

  const page = await fetch(url);
  const script = await fetch(`${url}app.js?v=1`);

  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await page.text()).toBe('<p>page</p>');
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(await script.text()).toBe('app');
});

test('JSON answers are made for each request', async () => {
  let asked = 0;
  const { url } = await serve({ json: { '/config.json': () => ({ asked: (asked += 1) }) } });

  await fetch(`${url}config.json`);

  expect(await (await fetch(`${url}config.json`)).json()).toEqual({ asked: 2 });
});

test.each(['missing', '..%2f..%2fetc%2fpasswd', '%2e%2e/%2e%2e/etc/passwd', '__proto__'])(
  '%s is not found',
  async (path) => {
    const { url } = await serve();

    expect((await fetch(url + path)).status).toBe(404);
  },
);

test('malformed escapes and other methods are refused', async () => {
  const { url } = await serve();

  expect((await fetch(`${url}%ff%`)).status).toBe(400);
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
});

test('a taken port falls back to the next one', async () => {
  const first = await serve();

  const second = await serve({ ports: [first.port, 0] });

  expect(second.port).not.toBe(first.port);
  expect((await fetch(second.url)).status).toBe(200);
});
