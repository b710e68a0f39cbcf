// A line for tests of sessions: remembers what a session sent and told.

import type { ClientLine, ClientSpec } from './client-protocol.ts';
import { isPayload, MARKER, numberOf, writePayload } from './payload.ts';

export const TEST_PAYLOAD_BYTES = 64;

export const testPayload = (n: number): string => writePayload(1, n, 0, TEST_PAYLOAD_BYTES);

export const testSpec = (spec: Partial<ClientSpec> = {}): ClientSpec => ({
  role: 'member',
  room: 'lobby',
  id: 'alice',
  resume: undefined,
  isResumable: false,
  isAcknowledged: false,
  payloadBytes: TEST_PAYLOAD_BYTES,
  ...spec,
});

export class LineRecorder implements ClientLine {
  readonly sent: string[] = [];
  /** Numbers of the payloads. */
  readonly delivered: number[] = [];
  readonly faults: string[] = [];
  readonly resumptions: boolean[] = [];
  readies = 0;
  acks = 0;

  sendText(text: string): void {
    this.sent.push(text);
  }

  sendBinary(bytes: Buffer): void {
    this.sent.push(bytes.toString('latin1'));
  }

  ready(): void {
    this.readies += 1;
  }

  deliver(bytes: Buffer, at: number): boolean {
    if (!isPayload(bytes, at)) return false;
    this.delivered.push(numberOf(bytes, at));
    return true;
  }

  deliverAll(bytes: Buffer): void {
    for (let at = bytes.indexOf(MARKER); at >= 0; at = bytes.indexOf(MARKER, at + 1)) this.deliver(bytes, at);
  }

  acked(count: number): void {
    this.acks += count;
  }

  resumed(isWhole: boolean): void {
    this.resumptions.push(isWhole);
  }

  fault(what: string): void {
    this.faults.push(what);
  }
}
