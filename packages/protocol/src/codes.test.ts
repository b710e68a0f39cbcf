import { describe, expect, test } from 'vitest';
import { CLOSE_CODES, closeSuspectsFrame, verdictOfClose } from './close-codes.ts';
import { ERROR_CODES } from './error-codes.ts';
import { utf8Length } from './encode.ts';

describe('close codes', () => {
  const rows = Object.entries(CLOSE_CODES);

  test('are unique, and their reasons fit into a close frame', () => {
    expect(new Set(rows.map(([, row]) => row.code)).size).toBe(rows.length);
    for (const [, row] of rows) expect(utf8Length(row.reason)).toBeLessThan(124);
  });

  test('have the verdict of their range, so that an unknown code has one too', () => {
    for (const [name, row] of rows) expect([name, verdictOfClose(row.code)]).toEqual([name, row.retry]);
    expect(verdictOfClose(4499)).toBe('never');
    expect(verdictOfClose(4599)).toBe('backoff');
    expect(verdictOfClose(3000)).toBe('backoff');
  });

  test('name those that a frame of the client may have caused', () => {
    const suspects = rows.map(([, row]) => row.code).filter(closeSuspectsFrame);

    expect(suspects).toEqual([1002, 1007, 1009, 4400]);
  });
});

test('error codes are tags, and each says in one sentence what it means', () => {
  for (const [code, row] of Object.entries(ERROR_CODES)) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(row.meaning).toMatch(/^[A-Z].*\.$/);
  }
});
