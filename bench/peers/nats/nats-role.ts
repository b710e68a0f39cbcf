/** What a session of NATS does beyond the handshake of its connection. */
export interface NatsRole {
  /** The lines to say before the first PING; its answer tells that they were taken. */
  greeting(): string;
  /** The answer is there. */
  greeted(): void;
  /** A MSG, or an HMSG when `isPlain` is false. */
  message(bytes: Buffer, at: number, end: number, isPlain: boolean): void;
  publish(payload: string, n: number): void;
  /** Where a member stands, for the next connection. */
  cursor?(): unknown;
}
