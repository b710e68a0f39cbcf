import { expect, test } from 'vitest';
import { checkTheChecks } from './self-test.ts';
import { Tally } from './tally.ts';

test('what is injected is found', () => {
  expect(checkTheChecks).not.toThrow();
});

test('a tally that overlooks something does not pass', () => {
  const { see } = Tally.prototype;
  // Deaf to everything below the number that it expects.
  Tally.prototype.see = function (n) {
    if (n >= this.next) see.call(this, n);
  };
  try {
    expect(checkTheChecks).toThrow('does not see what it must');
  } finally {
    Tally.prototype.see = see;
  }
});
