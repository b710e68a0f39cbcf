import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeServerFrame } from './decode-server.ts';
import { decodeClientFrame, decodeJoin } from './decode.ts';
import { encodeAck, encodeFrame, utf8Length } from './encode.ts';
import type { ClientFrame } from './client-frames.ts';
import { MESSAGE_ID_PATTERN, ROOM_PATTERN } from './ids.ts';
import type { AckFrame } from './server-frames.ts';
import { formatStreamId } from './stream-id.ts';

const publish = { type: 'publish', room: 'lobby', event: 'text', messageId: 'm1', data: 1 };

describe('decoding', () => {
  test.each([
    ['bad_frame', ''],
    ['bad_frame', '{'],
    ['bad_frame', 'null'],
    ['bad_frame', '[]'],
    ['bad_frame', '"hello"'],
    ['bad_frame', '{}'],
    ['bad_frame', '{"type":7}'],
    ['unknown_frame', '{"type":"shout"}'],
    ['unknown_frame', '{"type":"__proto__"}'],
    ['unknown_frame', '{"type":"constructor"}'],
    ['unknown_frame', '{"type":"welcome"}'],
    ['bad_frame', '{"type":"auth","token":""}'],
    ['bad_room', '{"type":"leave","room":"a b"}'],
    ['bad_room', '{"type":"leave","room":"a{b}"}'],
    ['bad_room', '{"type":"leave","room":""}'],
    ['bad_room', '{"type":"leave"}'],
    ['bad_room', '{"type":"leave","__proto__":{"room":"lobby"}}'],
    ['bad_cursor', '{"type":"join","room":"lobby","since":"-"}'],
    ['bad_cursor', '{"type":"join","room":"lobby","since":"begin"}'],
    ['bad_cursor', '{"type":"join","room":"lobby","since":"+"}'],
    ['bad_cursor', '{"type":"join","room":"lobby","since":"5-2~a~b"}'],
    ['bad_cursor', '{"type":"join","room":"lobby","recent":["5-2~a","x"]}'],
    ['bad_since', '{"type":"join","room":"lobby","since":{"last":-1}}'],
    ['bad_since', '{"type":"join","room":"lobby","since":{"last":1e9}}'],
    ['bad_since', '{"type":"join","room":"lobby","since":5}'],
    ['bad_message_id', JSON.stringify({ ...publish, messageId: 'a.b' })],
    ['bad_event', JSON.stringify({ ...publish, event: 'a b' })],
    ['bad_data', JSON.stringify({ ...publish, data: undefined })],
    ['bad_data', JSON.stringify({ ...publish, base64: 'AAEC' })],
    ['bad_data', JSON.stringify({ ...publish, data: undefined, base64: '%%%' })],
    ['bad_frame', JSON.stringify({ ...publish, firstSentAt: 1.5 })],
  ])('[G7.6] answers %s to %s', (code, text) => {
    expect(decodeClientFrame(text)).toMatchObject({ ok: false, code });
  });

  test('names what a refused frame was about, and nothing that is malformed', () => {
    expect(decodeClientFrame(JSON.stringify({ ...publish, event: '' }))).toMatchObject({
      subject: { request: 'publish', room: 'lobby', messageId: 'm1' },
    });
    expect(decodeClientFrame('{"type":"join","room":"a b","ref":3}')).toMatchObject({
      subject: { request: 'join', ref: 3 },
    });
  });

  test('ignores fields that it does not know', () => {
    expect(decodeClientFrame('{"type":"ping","shiny":true}')).toMatchObject({ ok: true });
  });

  test('judges the joins of a hello one by one', () => {
    const hello = decodeClientFrame('{"type":"hello","client":"c1","joins":[{"room":"lobby"},{"room":"a b"}]}');

    expect(hello.ok).toBe(true);
    const joins = hello.ok && hello.frame.type === 'hello' ? (hello.frame.joins ?? []) : [];
    expect(joins.map((join) => decodeJoin(join).ok)).toEqual([true, false]);
    expect(decodeJoin(null)).toMatchObject({ ok: false, code: 'bad_frame' });
  });

  test('refuses a batch that holds a bad frame or another batch', () => {
    expect(decodeServerFrame('{"type":"batch","frames":[{"type":"live","room":"a b"}]}').ok).toBe(false);
    expect(decodeServerFrame('{"type":"batch","frames":[{"type":"batch","frames":[]}]}').ok).toBe(false);
  });

  test('[G7.6] never throws, whatever the text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.object({ withNullPrototype: true }).map((value) => JSON.stringify(value)),
      fc
        .record({
          type: fc.constantFrom('hello', 'join', 'publish', 'batch', 'welcome'),
          room: fc.anything(),
          since: fc.anything(),
          joins: fc.anything(),
          frames: fc.anything(),
          limits: fc.anything(),
        })
        .map((value) => {
          try {
            return JSON.stringify(value, (_, inner) =>
              typeof inner === 'bigint' ? String(inner) : (inner as unknown),
            );
          } catch {
            return '{}';
          }
        }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(typeof decodeClientFrame(text).ok).toBe('boolean');
        expect(typeof decodeServerFrame(text).ok).toBe('boolean');
      }),
    );
  });

  test('[G7.6] takes deep nesting without walking into it', () => {
    const deep = `{"type":"publish","room":"a","event":"b","messageId":"c","data":${'['.repeat(5000)}${']'.repeat(5000)}}`;

    expect(decodeClientFrame(deep).ok).toBe(true);
  });

  test('gives back any publish that was encoded', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (data) => {
        const frame = { ...publish, data } as unknown as ClientFrame;

        const decoded = decodeClientFrame(encodeFrame(frame));

        expect(decoded).toEqual({ ok: true, frame: JSON.parse(JSON.stringify(frame)) });
      }),
    );
  });
});

test('an ack is printed as any frame is', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(ROOM_PATTERN),
      fc.stringMatching(MESSAGE_ID_PATTERN),
      fc.tuple(fc.nat(), fc.nat()),
      fc.boolean(),
      (room, messageId, [ms, n], duplicate) => {
        const ack = { type: 'ack', room, messageId, id: formatStreamId(ms, n), duplicate } as AckFrame;

        expect(encodeAck(ack)).toBe(encodeFrame(ack));
      },
    ),
  );
});

test('utf8Length is what the encoder makes of the text, lone surrogates included', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
      ),
      (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text));
      },
    ),
  );
});
