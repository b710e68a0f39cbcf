import { expect, test } from 'vitest';
import { choose, readOptions } from './options.ts';

test('the short form is the default, the full one has more of everything', () => {
  const [short, full] = [readOptions([]), readOptions(['--full'])];

  expect(short).toMatchObject({
    isFull: false,
    isCi: false,
    workloads: null,
    peers: null,
    out: 'docs/benchmarks/short',
  });
  expect(full).toMatchObject({ isFull: true, out: 'docs/benchmarks' });
  expect(full.windowMs).toBeGreaterThan(short.windowMs);
  expect(full.pairs).toBeGreaterThan(short.pairs);
});

test('a part of a run writes a report only where it is told to', () => {
  expect(readOptions(['--only', 'A']).out).toBeNull();
  expect(readOptions(['--peers', 'classic']).out).toBeNull();
  expect(readOptions(['--only', 'A', '--out', 'x']).out).toBe('x');
});

test('continuous integration is A in five pairs against the classic server', () => {
  expect(readOptions(['--ci'])).toMatchObject({
    isCi: true,
    workloads: ['A'],
    peers: ['holdline', 'classic'],
    pairs: 5,
    out: null,
  });
});

test('what makes no sense is refused', () => {
  expect(() => readOptions(['--pairs', '0'])).toThrow('--pairs');
  expect(() => readOptions(['--seconds', 'many'])).toThrow('--seconds');
  expect(() => readOptions(['--what'])).toThrow("'--what'");
  expect(() => choose('peer', [{ name: 'a' }], ['b'])).toThrow('peer b is unknown; there are a');
});

test('what is named is taken in the order of the names', () => {
  expect(choose('peer', [{ name: 'a' }, { name: 'b' }], ['b', 'a'])).toEqual([{ name: 'b' }, { name: 'a' }]);
  expect(readOptions(['--node-flags=--cpu-prof  --expose-gc']).nodeFlags).toEqual(['--cpu-prof', '--expose-gc']);
});
