/**
 * beside Hop 3/8 – open socket → connection. For sockets that came by our own upgrade and for those that the
 * application has opened itself; whoever is turned away is told why by the close code (G7.3).
 */
import type { CloseName } from '@holdline/protocol';
import { nanoid } from 'nanoid';
import { errorFields } from '../logger.ts';
import { Connection, type ConnectionDeps, type Peer } from './connection.ts';
import type { Connections } from './connections.ts';
import type { Wire } from './line.ts';
import type { ServerSocket } from './server-socket.ts';

export interface AcceptDeps extends Pick<ConnectionDeps, 'clock' | 'logger' | 'metrics' | 'refusals'> {
  readonly connection: ConnectionDeps;
  readonly connections: Connections;
  /** False before the engine has started and from draining on. */
  isAccepting(): boolean;
}

/** Takes a socket that speaks our subprotocol; false when it is closed instead. */
export function accept(socket: ServerSocket, peer: Omit<Peer, 'id'>, deps: AcceptDeps): boolean {
  const isOver = deps.connections.limitFor(peer.remoteAddress) !== null;
  const refusal = deps.isAccepting() ? (isOver ? 'overloaded' : null) : 'draining';
  if (refusal === null) open({ socket, direct: null }, peer, deps);
  else dismiss(socket, peer.remoteAddress, refusal, deps);
  return refusal === null;
}

export function open(wire: Wire, peer: Omit<Peer, 'id'>, deps: AcceptDeps): void {
  const { remoteAddress, headers } = peer;
  const { connection, connections } = deps;
  connections.add(new Connection(connection, wire, { id: nanoid(), remoteAddress, headers }, connections));
}

export function dismiss(
  socket: ServerSocket,
  remoteAddress: string,
  close: CloseName,
  { connections, logger, metrics }: AcceptDeps,
): void {
  socket.on('error', (error) => logger.debug(errorFields(error), 'socket error'));
  metrics.count('upgrades_refused');
  connections.dismiss(socket, remoteAddress, close);
}
