/**
 * `GET /healthz` (the process lives) and `GET /readyz` (it serves). Ready means: the engine has worked
 * once and the server is not going. While Redis is away a server stays ready, because its members
 * stay connected; with `?strict=1` it does not.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EngineHealth } from './engine.ts';

export interface ServerHealth {
  readonly status: 'starting' | 'ok' | 'degraded' | 'draining';
  readonly engine: 'redis' | 'embedded';
  /** Sentences for the operator. */
  readonly findings: readonly string[];
}

/** Pure: what readiness follows from. */
export function healthOf(
  engine: 'redis' | 'embedded',
  { status, findings }: EngineHealth,
  { hasStarted, isDraining }: { readonly hasStarted: boolean; readonly isDraining: boolean },
): ServerHealth {
  if (isDraining) return { status: 'draining', engine, findings };
  return { status: hasStarted ? status : 'starting', engine, findings };
}

export function isReady({ status }: ServerHealth, isStrict: boolean): boolean {
  return status === 'ok' || (status === 'degraded' && !isStrict);
}

/** Answers the two paths; false for every other request, which is left untouched. */
export function answerHealth(request: IncomingMessage, response: ServerResponse, health: () => ServerHealth): boolean {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  if (path !== '/healthz' && path !== '/readyz') return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return true;
  }
  if (path === '/healthz') return answer(request, response, 200, { status: 'ok' });
  const now = health();
  const isStrict = new URLSearchParams(query).get('strict') === '1';
  return answer(request, response, isReady(now, isStrict) ? 200 : 503, now);
}

function answer(request: IncomingMessage, response: ServerResponse, status: number, body: object): true {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : text);
  return true;
}
