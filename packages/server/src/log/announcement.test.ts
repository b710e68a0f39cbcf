import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeAnnouncement, encodeSignal, sealOf } from './announcement.ts';
import { contentHash } from './dedupe.ts';

const lines = ['9-1', '1 j a 0-0~ text +alice', '{"b":"ü"}', '9-2', '1 b b 9-1~a text -', '"AA=="'];
const seal = sealOf('key', [
  { id: '9-1', header: lines[1]!, hash: contentHash('json', 'text', lines[2]!) },
  { id: '9-2', header: lines[4]!, hash: contentHash('binary', 'text', lines[5]!) },
]);
const announcement = Buffer.from([`1e ${seal}`, ...lines].join('\n'));

test('reads the entries of one append, payloads untouched', () => {
  const decoded = decodeAnnouncement(announcement, 'key');

  expect(decoded).toMatchObject({
    type: 'entries',
    entries: [
      { id: '9-1', messageId: 'a', previous: '0-0~', kind: 'json', event: 'text', sender: 'alice' },
      { id: '9-2', messageId: 'b', previous: '9-1~a', kind: 'binary', event: 'text', sender: null },
    ],
  });
  expect(decoded.type === 'entries' && decoded.entries.map(({ data }) => data.toString())).toEqual([
    '{"b":"ü"}',
    '"AA=="',
  ]);
});

test('[G6.2] a seal of another key, of another place or of another end does not fit', () => {
  expect(decodeAnnouncement(announcement, 'other').type).toBe('foreign');
  const cut = Buffer.from([`1e ${seal}`, ...lines.slice(0, 3)].join('\n'));
  expect(decodeAnnouncement(cut, 'key').type).toBe('foreign');
  const shifted = Buffer.from([`1e ${seal}`, '9-2', '1 j a 8-1~x text -', '1'].join('\n'));
  expect(decodeAnnouncement(shifted, 'key').type).toBe('foreign');
});

test.each([
  ['payload', '"ü"', '"u"'],
  ['payload of the last entry', '"AA=="', '"AB=="'],
  ['sender', '+alice', '+mally'],
  ['message ID', '1 b b 9-1~a', '1 b c 9-1~a'],
  ['event', '9-1~a text', '9-1~a test'],
])('[G6.2] a captured announcement with another %s does not fit its seal', (_, before, after) => {
  const altered = announcement.toString().replace(before, after);

  expect(altered).not.toBe(announcement.toString());
  expect(decodeAnnouncement(Buffer.from(altered), 'key').type).toBe('foreign');
});

test('[G6.2] decoding is total: cut, changed and random bytes give no entry and no exception', () => {
  for (let end = 0; end < announcement.length - 7; end++) {
    expect(decodeAnnouncement(announcement.subarray(0, end), 'key').type).not.toBe('entries');
  }
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('', '1e ', '1s ', `1e ${seal}\n`),
      (bytes, start) => {
        const decoded = decodeAnnouncement(Buffer.concat([Buffer.from(start), bytes]), 'key');
        expect(['malformed', 'foreign', 'signal']).toContain(decoded.type);
      },
    ),
  );
});

test.each([100, 4083, 4084, 60_000])('a payload of %i bytes is held against its seal', (bytes) => {
  const [header, payload] = ['1 j a 0-0~ text -', `"${'ü'.repeat(bytes / 2)}"`];
  const whole = [{ id: '9-1', header, hash: contentHash('json', 'text', payload) }];
  const announced = (data: string): Buffer =>
    Buffer.from([`1e ${sealOf('key', whole)}`, '9-1', header, data].join('\n'));

  expect(decodeAnnouncement(announced(payload), 'key').type).toBe('entries');
  expect(decodeAnnouncement(announced(payload.replace(/ü"$/, 'u"')), 'key').type).toBe('foreign');
});

test('a signal is read back whatever the name of its sender', () => {
  const signal = { event: 'e'.repeat(64), sender: '\u{1f600}'.repeat(128) as never, data: '1' };

  expect(decodeAnnouncement(Buffer.from(encodeSignal(signal)), 'key')).toEqual({ type: 'signal', ...signal });
});

test('a signal is read back', () => {
  const signal = { event: 'typing', sender: 'Zoë B' as never, data: '{"on":[1,"\\n"]}' };

  expect(decodeAnnouncement(Buffer.from(encodeSignal(signal)), 'key')).toEqual({ type: 'signal', ...signal });
});
