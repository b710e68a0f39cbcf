/** What is well-formed, as a place to start from: the golden frames of the protocol, and sealed announcements. */
import { readdirSync, readFileSync } from 'node:fs';
import { formatCursor, formatStreamId, type MessageId, type UserId, ZERO_CURSOR } from '@holdline/protocol';
import { encodeSignal, sealOf } from '../../../packages/server/src/log/announcement.ts';
import { contentHash } from '../../../packages/server/src/log/dedupe.ts';
import { headerHalves } from '../../../packages/server/src/log/entry-codec.ts';
import type { EntryKind } from '../../../packages/server/src/log/entry.ts';

const FIXTURES = new URL('../../../packages/protocol/fixtures/', import.meta.url);

/** The golden frames of one side, as text. */
export const goldenFrames = (side: 'client' | 'server'): readonly string[] => FRAMES[side];

function readFrames(side: 'client' | 'server'): readonly string[] {
  const folder = new URL(`${side}/`, FIXTURES);
  return readdirSync(folder)
    .toSorted()
    .map((name) => readFileSync(new URL(name, folder), 'utf8'));
}

const FRAMES = { client: readFrames('client'), server: readFrames('server') };

interface Sample {
  readonly kind: EntryKind;
  readonly event: string;
  readonly sender: string | null;
  readonly data: string;
}

const SAMPLES: readonly (readonly Sample[])[] = [
  [{ kind: 'json', event: 'text', sender: 'alice', data: '{"body":"hello"}' }],
  [{ kind: 'binary', event: 'file', sender: null, data: '"AAEC"' }],
  [{ kind: 'control', event: 'rewritten', sender: null, data: '{"fork":"1-1~a","head":"2-2~b"}' }],
  [
    { kind: 'json', event: 'text', sender: 'Ünï 😀', data: '"grüße"' },
    { kind: 'json', event: 'a.b:c_d-e', sender: 'bob', data: '[1,2,3]' },
    { kind: 'json', event: 'text', sender: 'alice', data: 'null' },
  ],
];

/** The headers of all samples, in the form in which they stand in the stream. */
export const goldenEntries = (): readonly { id: string; header: string; data: Buffer }[] => SAMPLES.flatMap(entriesOf);

function entriesOf(samples: readonly Sample[]): { id: string; header: string; data: Buffer; hash: string }[] {
  let previous = ZERO_CURSOR;
  return samples.map(({ kind, event, sender, data }, index) => {
    const id = formatStreamId(1_763_778_000_000 + index, index + 1);
    const messageId = `m${index}` as MessageId;
    const [head, tail] = headerHalves({ kind, event, messageId, sender: sender as UserId | null });
    const header = head + previous + tail;
    previous = formatCursor(id, messageId);
    return { id, header, data: Buffer.from(data), hash: contentHash(kind, event, data) };
  });
}

/** Announcements sealed with `key`, and signals. */
export function goldenAnnouncements(key: string): readonly Buffer[] {
  const appends = SAMPLES.map((samples) => {
    const entries = entriesOf(samples);
    const lines = entries.flatMap(({ id, header, data }) => [id, header, data.toString()]);
    return Buffer.from([`1e ${sealOf(key, entries)}`, ...lines].join('\n'));
  });
  const signals = ['alice', null].map((sender) =>
    Buffer.from(encodeSignal({ event: 'typing', sender: sender as UserId | null, data: '{"on":true}' })),
  );
  return [...appends, ...signals];
}
