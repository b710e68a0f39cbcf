import { expect, test } from 'vitest';
import { createRoute } from './route.ts';

const INSTANCES = [
  { name: 'A', url: 'ws://a/' },
  { name: 'B', url: 'ws://b/' },
];

test('the tab dials the instance that was asked for, else the first', () => {
  expect(createRoute(INSTANCES, 'B').url()).toBe('ws://b/');
  expect(createRoute(INSTANCES, 'nowhere').url()).toBe('ws://a/');
  expect(createRoute(INSTANCES, null).url()).toBe('ws://a/');
});

test('an instance that does not answer is followed by the next', () => {
  const route = createRoute(INSTANCES, 'A');

  expect([route.url(), route.url(), route.url()]).toEqual(['ws://a/', 'ws://b/', 'ws://a/']);
});

test('the tab comes back to the instance that it was connected to', () => {
  const route = createRoute(INSTANCES, 'A');
  route.url();
  route.url();
  route.stay();

  expect(route.url()).toBe('ws://b/');
  expect(route.current.name).toBe('B');
});

test('a move goes to the other one, and nowhere when the name is not known', () => {
  const route = createRoute(INSTANCES, 'A');
  route.url();
  route.moveTo('B');
  expect(route.other?.name).toBe('A');
  expect(route.url()).toBe('ws://b/');

  route.moveTo('C');
  expect(route.current.name).toBe('B');
});

test('with one instance there is no other', () => {
  expect(createRoute(INSTANCES.slice(0, 1), null).other).toBeNull();
});
