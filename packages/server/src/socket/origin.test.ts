import { expect, test } from 'vitest';
import { isOriginAllowed, normalizeOrigin } from './origin.ts';

test.each([
  ['http://app.example:8080', 'app.example:8080', true],
  ['https://app.example', 'app.example', true],
  ['https://app.example', 'app.example:443', true],
  ['http://app.example', 'app.example:80', true],
  ['https://app.example', 'APP.example', true],
  ['https://app.example.evil.test', 'app.example', false],
  ['https://evil.test/app.example', 'app.example', false],
  ['https://app.example:8443', 'app.example', false],
  ['null', 'app.example', false],
  ['nonsense', 'app.example', false],
  ['https://app.example', undefined, false],
])('[G8.2] same host: origin %s at host %s: %s', (origin, host, expected) => {
  expect(isOriginAllowed('same-host', origin, host)).toBe(expected);
});

test('[G8.2] a list means exactly its entries', () => {
  const list = ['https://app.example'];

  expect(isOriginAllowed(list, 'https://app.example', 'ws.example')).toBe(true);
  expect(isOriginAllowed(list, 'https://app.example.evil.test', 'ws.example')).toBe(false);
  expect(isOriginAllowed(list, 'http://app.example', 'ws.example')).toBe(false);
  expect(isOriginAllowed(list, 'null', 'ws.example')).toBe(false);
});

test('[G8.2] a missing Origin is no page; the star allows all', () => {
  expect(isOriginAllowed(['https://app.example'], undefined, 'ws.example')).toBe(true);
  expect(isOriginAllowed('*', 'null', undefined)).toBe(true);
});

test.each([
  ['https://App.Example/', 'https://app.example'],
  ['https://app.example:443', 'https://app.example'],
  ['app.example', null],
  ['null', null],
])('%s is written as %s', (text, expected) => {
  expect(normalizeOrigin(text)).toBe(expected);
});
