// A bench that cannot see loss measures nothing: before each run, a stream of frames as a server would send it, with a drop, a repeat, a
// swap, and cut into chunks at odd places, goes through the parser, the payload reader and the tally, which must find exactly these.

import { FrameParser } from '../clients/frame-parser.ts';
import { isPayload, numberOf, roomOf, timeOf, writePayload } from '../clients/payload.ts';
import { Tally, type Counts } from './tally.ts';

const PUBLISHED = 200;
const ROOM = 7;
const PAYLOAD_BYTES = 160;
const CHUNK_BYTES = 97;

const INJECTED: Counts = { received: 201, lost: 1, doubled: 2, reordered: 1 };

/** Numbers with 20 dropped, 40 repeated at once, 60 repeated much later, and 80 and 81 swapped. */
function numbers(): number[] {
  const all = Array.from({ length: PUBLISHED }, (_, n) => n).filter((n) => n !== 20);
  return all.flatMap((n) => (n === 40 ? [n, n] : n === 80 ? [81, 80] : n === 81 ? [] : n === 190 ? [n, 60] : [n]));
}

function frameOf(n: number): Buffer {
  const payload = Buffer.from(writePayload(ROOM, n, 1000 + n, PAYLOAD_BYTES));
  return Buffer.concat([Buffer.from([0x81, 126, 0, PAYLOAD_BYTES]), payload]);
}

/** @throws Error when the injected faults are not found as they were injected. */
export function checkTheChecks(): void {
  const tally = new Tally();
  const problems: string[] = [];
  const parser = new FrameParser((_opcode, bytes) => {
    const n = numberOf(bytes, 0);
    if (!isPayload(bytes, 0) || roomOf(bytes, 0) !== ROOM || timeOf(bytes, 0) !== 1000 + n)
      problems.push('a payload is not read as it was written');
    tally.see(n);
  });
  const stream = Buffer.concat(numbers().map(frameOf));
  for (let at = 0; at < stream.length; at += CHUNK_BYTES) parser.push(stream.subarray(at, at + CHUNK_BYTES));
  const found = JSON.stringify(tally.counts(PUBLISHED));
  if (found !== JSON.stringify(INJECTED))
    problems.push(`found ${found} where ${JSON.stringify(INJECTED)} was injected`);
  if (problems.length > 0) throw new Error(`the bench does not see what it must: ${problems.join('; ')}`);
}
