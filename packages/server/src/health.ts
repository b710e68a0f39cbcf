/**
 * `GET /healthz` (the process lives), `GET /readyz` (it serves) and `GET /metrics` (what happened so far).
 * Ready means: the engine has worked once and the server is not going. While Redis is away a server
 * stays ready, because its members stay connected; with `?strict=1` it does not.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EngineHealth } from './engine.ts';
import { METRICS_CONTENT_TYPE } from './metrics-page.ts';

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

export interface HealthSource {
  health(): ServerHealth;
  /** The page of /metrics. */
  metricsPage(): string;
}

const PATHS = ['/healthz', '/readyz', '/metrics'];

/** Answers the three paths; false for every other request, which is left untouched. */
export function answerHealth(request: IncomingMessage, response: ServerResponse, source: HealthSource): boolean {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  if (!PATHS.includes(path)) return false;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return true;
  }
  if (path === '/healthz') return answer(request, response, 200, json({ status: 'ok' }));
  if (path === '/metrics') {
    return answer(request, response, 200, { type: METRICS_CONTENT_TYPE, text: source.metricsPage() });
  }
  const now = source.health();
  const isStrict = new URLSearchParams(query).get('strict') === '1';
  return answer(request, response, isReady(now, isStrict) ? 200 : 503, json(now));
}

interface Body {
  readonly type: string;
  readonly text: string;
}

const json = (value: object): Body => ({ type: 'application/json', text: `${JSON.stringify(value)}\n` });

function answer(request: IncomingMessage, response: ServerResponse, status: number, { type, text }: Body): true {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : text);
  return true;
}
