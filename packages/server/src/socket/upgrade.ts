/**
 * beside Hop 3/8 – HTTP upgrade → connection. Refuses what can be refused before the socket opens: other versions
 * of WebSocket, origins that are not allowed, too many connections, a server that is not ready or is going (G7.3,
 * G8.2). On a server of the application's own, requests for other paths belong to others and are left alone; on
 * ours they are answered with 404.
 */
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { SUBPROTOCOL } from '@holdline/protocol';
import { WebSocketServer, type WebSocket } from 'ws';
import { errorFields, type LogFields } from '../logger.ts';
import { dismiss, open, type AcceptDeps } from './accept.ts';
import type { Wire } from './line.ts';
import { isOriginAllowed, type OriginPolicy } from './origin.ts';
import { OwnSocket } from './own-socket.ts';

export interface UpgradeDeps extends AcceptDeps {
  readonly path: string;
  readonly origins: OriginPolicy;
  /** Proxies in front of this server that add to X-Forwarded-For. */
  readonly trustedProxies: number;
  /** Of one frame; larger ones close the socket. */
  readonly maxPayload: number;
  /** Whether nobody else listens for upgrades on this server, so that other paths are answered here. */
  readonly isAlone: boolean;
}

interface Refused {
  readonly status: number;
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log. */
  readonly why?: LogFields;
}

/** Pieces of one message, and a message need not come in more. */
const MAX_FRAGMENTS = 64;
const MAX_LOGGED_LENGTH = 256;

/** Returns its own undo. */
export function attachUpgrade(server: Server, deps: UpgradeDeps): () => void {
  const { maxPayload } = deps;
  // A client that offers only other subprotocols gets its first one back, so that it can be told why it is closed.
  const handleProtocols = (offered: Set<string>): string | false =>
    offered.has(SUBPROTOCOL) ? SUBPROTOCOL : ([...offered][0] ?? false);
  const sockets = new WebSocketServer({
    noServer: true,
    WebSocket: OwnSocket,
    clientTracking: false,
    perMessageDeflate: false,
    maxFragments: MAX_FRAGMENTS,
    maxPayload,
    handleProtocols,
  });
  // One for all: a listener made for each request would keep that request for as long as its socket lives.
  const onEarlyError = (error: Error): void => deps.logger.debug(errorFields(error), 'socket error before the upgrade');
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const isOurs = pathOf(request) === deps.path;
    if (!isOurs && !deps.isAlone) return;
    socket.on('error', onEarlyError);
    const refused = isOurs ? judge(request, deps) : { status: 404, reason: 'path' };
    if (refused !== null) return refuse(socket, refused, request, deps);
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const remoteAddress = addressOf(request, deps.trustedProxies);
      const peer = { remoteAddress, headers: request.headers };
      if (ws.protocol === SUBPROTOCOL) open({ socket: ws, direct: directWay(ws, socket) }, peer, deps);
      else dismiss(ws, remoteAddress, 'unsupported_version', deps);
    });
  };
  server.on('upgrade', onUpgrade);
  return () => void server.off('upgrade', onUpgrade);
}

/** Frames may go past the library to the stream that we gave it, as long as they mean there what they say: no extension. */
const directWay = (ws: WebSocket, stream: Duplex): Wire['direct'] =>
  ws.extensions === '' && stream.writable ? { stream, socket: ws } : null;

function judge(request: IncomingMessage, deps: UpgradeDeps): Refused | null {
  const { headers } = request;
  if (headers['sec-websocket-version'] !== '13') {
    return { status: 426, reason: 'version', headers: { 'Sec-WebSocket-Version': '13' } };
  }
  if (!isOriginAllowed(deps.origins, headers.origin, headers.host)) {
    const shown = { origin: cut(headers.origin), expected: deps.origins, host: cut(headers.host) };
    return { status: 403, reason: 'origin_denied', why: shown };
  }
  if (!deps.isAccepting()) return { status: 503, reason: 'draining', headers: { 'Retry-After': '1' } };
  const limit = deps.connections.limitFor(addressOf(request, deps.trustedProxies));
  if (limit === null) return null;
  return { status: limit === 'server' ? 503 : 429, reason: 'too_many_connections', headers: { 'Retry-After': '5' } };
}

function refuse(
  socket: Duplex,
  { status, reason, headers = {}, why = {} }: Refused,
  request: IncomingMessage,
  deps: UpgradeDeps,
): void {
  deps.metrics.count('upgrades_refused');
  const address = addressOf(request, deps.trustedProxies);
  deps.refusals.warn({ address, status, reason, ...why }, 'upgrade refused', `upgrade refused: ${reason}`);
  const lines = Object.entries({ ...headers, Connection: 'close', 'Content-Type': 'text/plain' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}Content-Length: ${reason.length}\r\n\r\n`;
  socket.end(head + reason, () => socket.destroy());
}

/** What a stranger wrote, as much of it as a log line should hold. */
const cut = (text: string | undefined): string | undefined => text?.slice(0, MAX_LOGGED_LENGTH);

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
