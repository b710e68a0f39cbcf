import { expect, test } from 'vitest';
import { Histogram } from './histogram.ts';

const filledWith = (values: Iterable<number>): Histogram => {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
};

test('an empty histogram answers 0', () => {
  expect(new Histogram().percentile(0.99)).toBe(0);
});

test('percentiles are within one part in 128 of the exact ones, over six decades', () => {
  const values = Array.from({ length: 20_000 }, (_, i) => Math.floor(1.0007 ** i));
  const histogram = filledWith(values);

  for (const share of [0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1]) {
    const exact = values[Math.ceil(share * values.length) - 1]!;
    const found = histogram.percentile(share);
    expect(found).toBeGreaterThanOrEqual(exact);
    expect(found - exact).toBeLessThanOrEqual(exact / 128);
  }
});

test('every small value has a bucket of its own', () => {
  for (let value = 0; value < 256; value++) expect(filledWith([value]).percentile(0.5)).toBe(value);
});

test('a value beyond the range, or below 0, counts at its end', () => {
  expect(filledWith([2 ** 40]).percentile(1)).toBe(2 ** 31 - 1);
  expect(filledWith([-5]).percentile(1)).toBe(0);
});

test('two halves merged are the whole', () => {
  const values = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 50_000);
  const merged = filledWith(values.slice(0, 300));
  merged.merge(filledWith(values.slice(300)).toData());

  expect(merged.toData()).toEqual(filledWith(values).toData());
  expect(merged.total).toBe(1000);
  expect(merged.max).toBe(Math.max(...values));
});

test('cleared, it is as new', () => {
  const histogram = filledWith([1, 2, 3]);
  histogram.clear();

  expect(histogram.toData()).toEqual(new Histogram().toData());
  expect(histogram.total).toBe(0);
});
