import { expect, test } from 'vitest';
import { parseConfig, parseWishes } from './config.ts';

test('the configuration names the instances', () => {
  const instances = [
    { name: 'A', url: 'ws://127.0.0.1:1/' },
    { name: 'B', url: 'wss://b.example/' },
  ];

  expect(parseConfig({ instances })).toEqual(instances);
});

test('a configuration that is none is refused with a reason', () => {
  for (const value of [null, {}, { instances: [] }, { instances: 'A' }]) {
    expect(() => parseConfig(value)).toThrow('names no server instance');
  }
  for (const entry of [null, 7, { name: 'A' }, { name: '', url: 'ws://x/' }, { name: 'A', url: 'https://x/' }]) {
    expect(() => parseConfig({ instances: [entry] })).toThrow('needs a name and a ws://');
  }
});

test('the address bar may wish for name, room and instance', () => {
  expect(parseWishes('?name=alice&room=chat:lobby&instance=B')).toEqual({
    name: 'alice',
    room: 'chat:lobby',
    instance: 'B',
  });
});

test('a wish that cannot be used counts as none', () => {
  expect(parseWishes('?name=%00&room=%7Bx%7D')).toEqual({ name: null, room: null, instance: null });
});
