import { expect, test, vi } from 'vitest';
import { formatCursor, formatStreamId, MAX_RECENT_CURSORS, type MessageId } from '@holdline/protocol';
import { RecentCursors } from './recent-cursors.ts';

// Seconds when the machine is idle; a loaded one is no failure.
vi.setConfig({ testTimeout: 30_000 });

const cursor = (n: number) => formatCursor(formatStreamId(1000 + n, n), `m${n}` as MessageId);

test('[G4.5] whatever the fork, the newest rung at or before it is at most about three times as far back', () => {
  const recent = new RecentCursors();

  for (let n = 1; n <= 5000; n++) {
    recent.push(cursor(n));
    if (n > 600 && n % 97 !== 0) continue;
    const rungs = recent.list().map((rung) => Number(rung.split('~m')[1]));
    expect(rungs.length).toBeLessThanOrEqual(MAX_RECENT_CURSORS);
    expect(rungs[0]).toBe(n);
    for (let lost = 1; lost <= Math.min(512, n - 1); lost += 17) {
      const standing = rungs.find((rung) => rung <= n - lost);
      expect(standing).toBeDefined();
      expect(n - standing!).toBeLessThanOrEqual(3 * lost + 2);
    }
  }
});

test('[G4.5] after a fork the ladder holds nothing that was forgotten', () => {
  const recent = new RecentCursors();
  for (let n = 1; n <= 100; n++) recent.push(cursor(n));

  recent.truncateTo(cursor(60));

  for (const rung of recent.list()) expect(Number(rung.split('~m')[1])).toBeLessThanOrEqual(60);
  expect(recent.list().length).toBeGreaterThan(0);
});

test('[G4.5] what came before the first rung goes below it, while that is still there', () => {
  const recent = new RecentCursors();
  for (let n = 10; n <= 12; n++) recent.push(cursor(n));

  recent.addBefore(cursor(10), [cursor(9), cursor(8), cursor(7)]);
  recent.addBefore(cursor(10), [cursor(6)]);

  expect(recent.list()).toEqual([12, 11, 10, 7].map(cursor));
});
