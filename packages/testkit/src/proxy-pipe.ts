// One direction of one proxied connection: bytes from `source` to `sink`, with faults on the way.
// Memory is bounded: over MAX_QUEUED_BYTES the source is left unread, and TCP pushes back on its sender.

import type { Socket } from 'node:net';

const MAX_QUEUED_BYTES = 1024 * 1024;

/** Read by every pipe of a proxy at each step, so that a change acts on open connections at once. */
export interface PipeFaults {
  stalled: boolean;
  delayMs: number;
  /** Largest piece written at once; 0 leaves chunks as they came. */
  sliceBytes: number;
  /** How many more bytes may pass before the connection is cut; null for no limit. */
  remainingBytes: number | null;
}

export interface Pipe {
  readonly bytes: number;
  /** Stalls this pipe alone, whatever the proxy does. */
  stall(): void;
  resume(): void;
  /** To be called when the faults have changed. */
  wake(): void;
}

export interface PipeHooks {
  onBytes(chunk: Buffer): void;
  /** `remainingBytes` came down to 0. */
  onLimit(): void;
}

export function createPipe(source: Socket, sink: Socket, faults: PipeFaults, hooks: PipeHooks): Pipe {
  const queue: { chunk: Buffer; dueAtMs: number }[] = [];
  let queuedBytes = 0;
  let bytes = 0;
  let isStalled = false;
  let isWaitingForSink = false;
  let hasEnded = false;
  let timer: NodeJS.Timeout | undefined;

  function pump(): void {
    clearTimeout(timer);
    timer = undefined;
    while (!faults.stalled && !isStalled && !isWaitingForSink && !sink.destroyed) {
      const next = queue[0];
      if (next === undefined) {
        if (hasEnded) sink.end();
        break;
      }
      const waitMs = next.dueAtMs - performance.now();
      if (waitMs > 0) {
        timer = setTimeout(pump, Math.ceil(waitMs));
        break;
      }
      const piece = takePiece(next);
      if (piece.length > 0) write(piece);
      if (faults.remainingBytes === 0) {
        faults.remainingBytes = null;
        hooks.onLimit();
        return;
      }
      if (faults.sliceBytes > 0 && queue.length > 0) {
        timer = setTimeout(pump, 0); // a turn between pieces, so that they arrive as pieces
        break;
      }
    }
    if (faults.stalled || isStalled || queuedBytes > MAX_QUEUED_BYTES) source.pause();
    else if (source.isPaused()) source.resume();
  }

  function takePiece(next: { chunk: Buffer }): Buffer {
    const length = Math.min(
      next.chunk.length,
      faults.sliceBytes > 0 ? faults.sliceBytes : Infinity,
      faults.remainingBytes ?? Infinity,
    );
    const piece = next.chunk.subarray(0, length);
    if (length === next.chunk.length) queue.shift();
    else next.chunk = next.chunk.subarray(length);
    queuedBytes -= length;
    return piece;
  }

  function write(piece: Buffer): void {
    bytes += piece.length;
    if (faults.remainingBytes !== null) faults.remainingBytes -= piece.length;
    hooks.onBytes(piece);
    isWaitingForSink = !sink.write(piece);
  }

  source.on('data', (chunk: Buffer) => {
    queue.push({ chunk, dueAtMs: performance.now() + faults.delayMs });
    queuedBytes += chunk.length;
    pump();
  });
  source.on('end', () => {
    hasEnded = true;
    pump();
  });
  source.on('close', () => clearTimeout(timer));
  sink.on('drain', () => {
    isWaitingForSink = false;
    pump();
  });

  return {
    get bytes() {
      return bytes;
    },
    stall() {
      isStalled = true;
      pump();
    },
    resume() {
      isStalled = false;
      pump();
    },
    wake: pump,
  };
}
