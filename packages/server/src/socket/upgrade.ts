/**
 * Hop 3/8: HTTP upgrade → connection. Refuses what can be refused before the socket opens: other
 * versions of WebSocket, origins that are not allowed, too many connections, a server that is not
 * ready or is going (G7.3, G8.2). Requests for other paths belong to others and are left alone.
 */
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { CLOSE_CODES, SUBPROTOCOL } from '@holdline/protocol';
import { nanoid } from 'nanoid';
import { WebSocketServer, type WebSocket } from 'ws';
import { errorFields, type Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { Connection, type ConnectionDeps } from './connection.ts';
import type { Connections } from './connections.ts';
import { isOriginAllowed, type OriginPolicy } from './origin.ts';

export interface UpgradeDeps {
  readonly connection: ConnectionDeps;
  readonly connections: Connections;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly path: string;
  readonly origins: OriginPolicy;
  /** Proxies in front of this server that add to X-Forwarded-For. */
  readonly trustedProxies: number;
  /** Of one frame; larger ones close the socket. */
  readonly maxPayload: number;
  /** Whether nobody else listens for upgrades on this server, so that other paths are answered here. */
  readonly isAlone: boolean;
  /** False before the engine has started and from draining on. */
  isAccepting(): boolean;
}

interface Refused {
  readonly status: number;
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Pieces of one message, and a message need not come in more. */
const MAX_FRAGMENTS = 64;
/** A socket that does not answer our close is cut off after this. */
const CLOSE_PATIENCE_MS = 2000;

/** Returns its own undo. */
export function attachUpgrade(server: Server, deps: UpgradeDeps): () => void {
  const { maxPayload } = deps;
  // A client that offers only other subprotocols gets its first one back, so that it can be told why it is closed.
  const handleProtocols = (offered: Set<string>): string | false =>
    offered.has(SUBPROTOCOL) ? SUBPROTOCOL : ([...offered][0] ?? false);
  const strangers = new Set<WebSocket>();
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxFragments: MAX_FRAGMENTS,
    maxPayload,
    handleProtocols,
  });
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const isOurs = pathOf(request) === deps.path;
    if (!isOurs && !deps.isAlone) return;
    socket.on('error', (error) => deps.logger.debug(errorFields(error), 'socket error before the upgrade'));
    const refused = isOurs ? judge(request, deps) : { status: 404, reason: 'path' };
    if (refused !== null) return refuse(socket, refused, request, deps);
    sockets.handleUpgrade(request, socket, head, (ws) => {
      if (ws.protocol === SUBPROTOCOL) open(ws, request, deps);
      else dismiss(ws, strangers, deps);
    });
  };
  server.on('upgrade', onUpgrade);
  return () => {
    server.off('upgrade', onUpgrade);
    for (const ws of strangers) ws.terminate();
  };
}

function judge(request: IncomingMessage, deps: UpgradeDeps): Refused | null {
  const { headers } = request;
  if (headers['sec-websocket-version'] !== '13') {
    return { status: 426, reason: 'version', headers: { 'Sec-WebSocket-Version': '13' } };
  }
  if (!isOriginAllowed(deps.origins, headers.origin, headers.host)) return { status: 403, reason: 'origin_denied' };
  if (!deps.isAccepting()) return { status: 503, reason: 'draining', headers: { 'Retry-After': '1' } };
  const limit = deps.connections.limitFor(addressOf(request, deps.trustedProxies));
  if (limit === null) return null;
  return { status: limit === 'server' ? 503 : 429, reason: 'too_many_connections', headers: { 'Retry-After': '5' } };
}

function refuse(
  socket: Duplex,
  { status, reason, headers = {} }: Refused,
  request: IncomingMessage,
  deps: UpgradeDeps,
): void {
  deps.metrics.count('upgrades_refused');
  const address = addressOf(request, deps.trustedProxies);
  deps.logger.warn({ address, status, reason }, 'upgrade refused');
  const lines = Object.entries({ ...headers, Connection: 'close', 'Content-Type': 'text/plain' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}Content-Length: ${reason.length}\r\n\r\n`;
  socket.end(head + reason, () => socket.destroy());
}

/** It speaks another subprotocol: it is told so, and has a moment to answer. */
function dismiss(
  ws: WebSocket,
  strangers: Set<WebSocket>,
  { connection: { clock }, logger, metrics }: UpgradeDeps,
): void {
  const { code, reason } = CLOSE_CODES.unsupported_version;
  ws.on('error', (error) => logger.debug(errorFields(error), 'socket error'));
  metrics.count('upgrades_refused');
  strangers.add(ws);
  const patience = clock.setTimeout(() => ws.terminate(), CLOSE_PATIENCE_MS);
  ws.once('close', () => {
    clock.clearTimeout(patience);
    strangers.delete(ws);
  });
  ws.close(code, reason);
}

function open(ws: WebSocket, request: IncomingMessage, deps: UpgradeDeps): void {
  const { connections, metrics, connection: connectionDeps } = deps;
  const remoteAddress = addressOf(request, deps.trustedProxies);
  const peer = { id: nanoid(), remoteAddress, headers: request.headers };
  const connection = new Connection(connectionDeps, ws, peer, (closed) => {
    connections.remove(closed);
    metrics.count('connections_closed');
  });
  connections.add(connection);
  metrics.count('connections_opened');
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** Each trusted proxy adds one address at the right; what stands further left is what the client claims. */
function addressOf(request: IncomingMessage, trustedProxies: number): string {
  const direct = request.socket.remoteAddress ?? 'unknown';
  const forwarded = request.headers['x-forwarded-for'];
  if (trustedProxies === 0 || forwarded === undefined) return direct;
  const hops = forwarded.toString().split(',');
  return (hops.at(-trustedProxies) ?? hops[0] ?? direct).trim().slice(0, 64);
}
