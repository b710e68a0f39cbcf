import { describe, expect, test } from 'vitest';
import { formatCursor, isCursor, parseCursor, ZERO_CURSOR } from './cursor.ts';
import type { MessageId } from './ids.ts';
import type { StreamId } from './stream-id.ts';

describe('cursors', () => {
  test('carry stream ID and message ID', () => {
    const cursor = formatCursor('5-2' as StreamId, 'abc_-9' as MessageId);

    expect(cursor).toBe('5-2~abc_-9');
    expect(parseCursor(cursor)).toEqual({ id: '5-2', messageId: 'abc_-9' });
  });

  test('the zero cursor has no message ID; no other cursor may lack one', () => {
    expect(parseCursor(ZERO_CURSOR)).toEqual({ id: '0-0', messageId: '' });
    expect(isCursor('5-2~')).toBe(false);
  });

  test('a bare stream ID is taken and says that it is bare', () => {
    expect(parseCursor('5-2')).toEqual({ id: '5-2', messageId: null });
  });

  test.each(['-~a', '+', '5-2~a~b', '5-2~a b', '5-2~ü', `5-2~${'a'.repeat(65)}`, 7, null, undefined, {}, []])(
    '[G7.6] %j is refused',
    (value) => {
      expect(parseCursor(value)).toBeNull();
    },
  );
});
