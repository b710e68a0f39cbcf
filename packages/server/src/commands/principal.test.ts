import { expect, test } from 'vitest';
import type { RoomId } from '@holdline/protocol';
import { isGranted, matchesPattern, type Permission, type Principal } from './principal.ts';

const granted = (grants: Record<string, Permission[]>): Principal => ({
  user: null,
  expiresAt: null,
  grants: new Map(Object.entries(grants)),
});
const room = (name: string): RoomId => name as RoomId;

test.each([
  ['*', 'anything', true],
  ['*', '', true],
  ['chat:*', 'chat:lobby', true],
  ['chat:*', 'chat:', true],
  ['chat:*', 'chat', false],
  ['chat:*', 'xchat:lobby', false],
  ['*:admin', 'chat:admin', true],
  ['*:admin', 'chat:admin2', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['chat.lobby', 'chatxlobby', false],
  ['', '', true],
  ['', 'a', false],
  ['**', 'a', true],
])('pattern %s on %s: %s', (pattern, name, expected) => {
  expect(matchesPattern(pattern, name)).toBe(expected);
});

test('many stars on a long name cost no exponential time', () => {
  const startedAt = performance.now();

  matchesPattern(`${'a*'.repeat(60)}b`, 'a'.repeat(128));

  expect(performance.now() - startedAt).toBeLessThan(50);
});

test('[G8.4] each permission is granted by itself, and the first pattern that matches decides', () => {
  const principal = granted({ 'chat:private': ['join'], 'chat:*': ['join', 'publish'], '*': [] });

  expect(isGranted(principal, room('chat:private'), 'join')).toBe(true);
  expect(isGranted(principal, room('chat:private'), 'publish')).toBe(false);
  expect(isGranted(principal, room('chat:lobby'), 'publish')).toBe(true);
  expect(isGranted(principal, room('chat:lobby'), 'history')).toBe(false);
  expect(isGranted(principal, room('news'), 'join')).toBe(false);
});

test('[G8.4] a name such as __proto__ is a pattern like any other', () => {
  const principal = granted(JSON.parse('{"__proto__": ["join"]}') as Record<string, Permission[]>);

  expect(isGranted(principal, room('__proto__'), 'join')).toBe(true);
  expect(isGranted(principal, room('toString'), 'join')).toBe(false);
});
