import { expect, test } from 'vitest';
import { TextFrame } from './text-frame.ts';

/** The texts of unmasked, unfragmented text frames (RFC 6455, 5.2); throws at anything else. */
function readBack(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] !== 0x81) throw new Error('no whole text frame');
    const short = bytes[at + 1]!;
    const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (at + headBytes + length > bytes.length) throw new Error('a frame is cut');
    texts.push(bytes.toString('utf8', at + headBytes, at + headBytes + length));
    at += headBytes + length;
  }
  return texts;
}

test.each([0, 1, 125, 126, 65_535, 65_536, 200_000])(
  'a payload of %d bytes is framed as the standard says',
  (length) => {
    const text = 'x'.repeat(length);

    expect(readBack(TextFrame.ofText(text).wire)).toEqual([text]);
    expect(readBack(TextFrame.ofParts([Buffer.from(text)]).wire)).toEqual([text]);
  },
);

test.each([0, 119, 120, 65_530])('the payload is %i bytes between two texts', (bytes) => {
  const frame = TextFrame.around('ü{', Buffer.alloc(bytes, 'x'), '}');

  expect(frame.payload.toString()).toBe(`ü{${'x'.repeat(bytes)}}`);
  expect(frame.wire).toEqual(TextFrame.ofText(`ü{${'x'.repeat(bytes)}}`).wire);
});

test('the payload is the parts in a row, as UTF-8', () => {
  const frame = TextFrame.ofParts([Buffer.from('{"ü":'), Buffer.from('"€"'), Buffer.from('}')]);

  expect(frame.payload.toString()).toBe('{"ü":"€"}');
  expect(frame.toString()).toBe('{"ü":"€"}');
  expect(readBack(Buffer.concat([frame.wire, TextFrame.ofText('ö').wire]))).toEqual(['{"ü":"€"}', 'ö']);
});
