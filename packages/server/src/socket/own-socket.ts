/**
 * Hop 3/8: who is told of what happens to a socket. The WebSocket of our own upgrades knows that by itself, so that all
 * of them share three listeners: closures for each would be part of what an idle connection costs.
 */
import { WebSocket } from 'ws';
import type { ServerSocket } from './server-socket.ts';

export interface SocketOwner {
  onMessage(data: Buffer, isBinary: boolean): void;
  onSocketClosed(): void;
  onSocketError(error: Error): void;
}

export class OwnSocket extends WebSocket {
  #owner: SocketOwner | null = null;

  tell(owner: SocketOwner): void {
    this.#owner = owner;
    this.on('error', OwnSocket.#onError);
    this.on('close', OwnSocket.#onClose);
    this.on('message', OwnSocket.#onMessage);
  }

  // The library calls listeners with the socket as `this`.
  static #onError(this: WebSocket, error: Error): void {
    (this as OwnSocket).#owner?.onSocketError(error);
  }

  static #onClose(this: WebSocket): void {
    (this as OwnSocket).#owner?.onSocketClosed();
  }

  static #onMessage(this: WebSocket, data: Buffer, isBinary: boolean): void {
    (this as OwnSocket).#owner?.onMessage(data, isBinary);
  }
}

/** To be called before anything else is done with the socket: an error without a listener would end the process. */
export function listen(socket: ServerSocket, owner: SocketOwner): void {
  if (socket instanceof OwnSocket) return socket.tell(owner);
  socket.on('error', (error) => owner.onSocketError(error));
  socket.on('close', () => owner.onSocketClosed());
  socket.on('message', (data, isBinary) => owner.onMessage(data, isBinary));
}
