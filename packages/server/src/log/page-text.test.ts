import { expect, test } from 'vitest';
import { readPageText } from './page-text.ts';

const read = (text: string) => readPageText(Buffer.from(text));

test('position and entries, the payload untouched', () => {
  const page = read('2 5-2~b\n5-1\n1 j a 0-0~ text -\n"ä\\n"\n5-2\n1 j b 5-1~a text +Zoë\n{}');

  expect(page).toEqual({
    position: '5-2~b',
    after: [
      { id: '5-1', header: '1 j a 0-0~ text -', data: Buffer.from('"ä\\n"') },
      { id: '5-2', header: '1 j b 5-1~a text +Zoë', data: Buffer.from('{}') },
    ],
  });
});

test('an empty room, a position alone, an entry without a position', () => {
  expect(read('0 ')).toEqual({ position: null, after: [] });
  expect(read('0 5-2~b')).toEqual({ position: '5-2~b', after: [] });
  expect(read('1 \n5-1\nh\n')).toEqual({ position: null, after: [{ id: '5-1', header: 'h', data: Buffer.alloc(0) }] });
});

test.each([
  ['nothing', ''],
  ['another reply', 'OK'],
  ['no count', ' 5-2~b'],
  ['a count that is none', '-1 5-2~b'],
  ['more entries than lines', '2 5-2~b\n5-1\nh\nd'],
  ['an entry cut short', '1 5-2~b\n5-1\nh'],
  ['an entry without anything', '1 5-2~b\n5-1'],
  ['a line break in a payload', '1 5-2~b\n5-1\nh\n"a\nb"'],
  ['a line break in a header', '1 5-2~b\n5-1\nh\nh\nd'],
  ['a line break in the position', '1 5-2\n~b\n5-1\nh\nd'],
  ['lines behind the last entry', '0 5-2~b\n'],
])('[G7.6] %s is no page', (_what, text) => {
  expect(read(text)).toBeNull();
});
