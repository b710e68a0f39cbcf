/** beside Hop 7/8 – what a room needs of a connection. */
export interface Member {
  /** The connection's ID, for the log. */
  readonly id: string;
  /** False while more waits in its socket than may; a room then leaves it where it stands. */
  readonly isWritable: boolean;
  /** One encoded frame. Never throws; a closed connection drops it. Buffers are shared and must not be changed. */
  send(frame: Buffer | string): void;
  /** Calls the listener once, when the member is writable again. A listener may stay uncalled when the connection ends. */
  onceWritable(listener: () => void): void;
}
