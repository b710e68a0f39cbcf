import { readdirSync, readFileSync } from 'node:fs';
import { decodeServerFrame, type ServerFrame } from '@holdline/protocol';
import { expect, test } from 'vitest';
import { check } from './frame-check.ts';

const folder = new URL('../../../protocol/fixtures/server/', import.meta.url);

test.each(readdirSync(folder).filter((name) => name !== 'batch.json'))('[G7.6] the example %s passes', (name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const frame = JSON.parse(text) as ServerFrame;

  expect(decodeServerFrame(text).ok).toBe(true);
  expect(() => check(frame, frame.type)).not.toThrow();
});

test.each(['1700-5~m', '1700-5', '0-0~'])('the place that a join asked for comes back as it was: %s', (cursor) => {
  expect(() => check({ room: 'lobby', position: '0-0~', cursor }, 'joined')).not.toThrow();
});

test.each([[''], ['1700'], ['1700-5~a b'], ['1700-5-6'], ['-'], ['1234567890123456-1'], [null], [17], [['1700-5']]])(
  '[G7.6] no place is %j',
  (cursor) => {
    expect(() => check({ room: 'lobby', position: '0-0~', cursor }, 'joined')).toThrow('joined');
  },
);

test('[G7.6] a batch is refused where it is looked at: inside another', () => {
  expect(() => check({ type: 'batch', frames: [] }, 'batch')).toThrow('batch');
});

test.each([['15000'], [[15_000]], [0], [-1], [1.5], [1e21], [null]])('[G7.6] no count is %j', (heartbeatMs) => {
  expect(() => check({ time: 1, heartbeatMs }, 'welcome')).toThrow('welcome');
});
