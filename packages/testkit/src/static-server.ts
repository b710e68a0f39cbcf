// Serves a built page over HTTP on loopback: the files of one folder, and a few answers made up per request.

import { createReadStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve, sep } from 'node:path';

export interface StaticServerOptions {
  dir: string;
  /** Answers as JSON before the folder is asked, by path: `{ '/config.json': () => ({ … }) }`. */
  json?: Readonly<Record<string, () => unknown>>;
  /** Tried in turn; 0 takes a free one. @defaultValue [0] */
  ports?: readonly number[];
}

export interface StaticServer {
  readonly port: number;
  /** Ends with a slash. */
  readonly url: string;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

export async function serveFolder({ dir, json = {}, ports = [0] }: StaticServerOptions): Promise<StaticServer> {
  const root = resolve(dir);
  const server = createServer((request, response) => {
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('cache-control', 'no-store');
    answer(request, response, root, json);
  });

  for (const [index, port] of ports.entries()) {
    try {
      await new Promise<void>((done, fail) => {
        server.once('error', fail).listen(port, '127.0.0.1', () => {
          server.off('error', fail);
          done();
        });
      });
      break;
    } catch (error) {
      if (index === ports.length - 1) throw error;
    }
  }
  const { port } = server.address() as AddressInfo;

  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  root: string,
  json: Readonly<Record<string, () => unknown>>,
): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end();
  const path = pathOf(request.url ?? '/');
  if (path === undefined) return void response.writeHead(400).end();
  if (Object.hasOwn(json, path)) {
    response.setHeader('content-type', TYPES['.json']!);
    return void response.end(JSON.stringify(json[path]!()));
  }

  const file = join(root, path.endsWith('/') ? `${path}index.html` : path);
  const stat = file.startsWith(root + sep) ? statSync(file, { throwIfNoEntry: false }) : undefined;
  if (stat === undefined || !stat.isFile()) return void response.writeHead(404).end();
  response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
  response.setHeader('content-length', stat.size);
  if (request.method === 'HEAD') return void response.end();
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

/** The decoded path of a request; undefined when it is malformed. */
function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
    return path.includes('\0') ? undefined : path;
  } catch {
    return undefined;
  }
}
