import { expect, test } from 'vitest';
import { spawnChild } from '@holdline/testkit';
import { cpuUsIn, familyOf, foreignIn, parseStat, readStats, rssBytesOf } from './cpu.ts';
import { usedBetween, type Moment } from './usage.ts';

const STAT =
  '812 (a (b) c) S 800 812 800 0 -1 4194304 97 0 0 0 31 7 5 2 20 0 1 0 2589835 3133440 360 184467440 1 1 0 0 0 0';

test('a stat line is read behind the last bracket of the name', () => {
  expect(parseStat(STAT)).toEqual({ parent: 800, ownTicks: 38, endedTicks: 7 });
});

test('a family is a process and its descendants, and not those who are gone', () => {
  const of = (parent: number) => ({ parent, ownTicks: 0, endedTicks: 0 });
  const stats = new Map([
    [1, of(0)],
    [10, of(1)],
    [11, of(10)],
    [12, of(11)],
    [20, of(1)],
  ]);

  expect([...familyOf([10, 99], stats)].toSorted((a, b) => a - b)).toEqual([10, 11, 12]);
  expect(familyOf([1], stats).size).toBe(5);
});

test('everything outside a family is foreign', () => {
  const of = (parent: number, ownTicks: number) => ({ parent, ownTicks, endedTicks: 0 });
  const stats = new Map([
    [10, of(1, 5)],
    [11, of(10, 6)],
    [20, of(1, 7)],
  ]);

  expect(cpuUsIn(stats, [10])).toBe(110_000);
  expect(foreignIn(stats, [10])).toEqual(new Map([[20, 70_000]]));
});

test('a foreign process that ends in between does not count against others', () => {
  const none = { atUs: 0, peerUs: 0, brokerUs: 0, loadUs: 0 };
  const before: Moment = { ...none, foreignUs: new Map([[20, 1_000_000]]) };
  const after: Moment = { ...none, peerUs: 300, foreignUs: new Map([[30, 2000]]) };

  expect(usedBetween(before, after)).toMatchObject({ peerUs: 300, foreignUs: 2000 });
});

test.runIf(process.platform === 'linux')(
  'what a child and its own child burn is counted',
  { timeout: 60_000 },
  async () => {
    const burn = 'const end = process.cpuUsage().user + 150000; while (process.cpuUsage().user < end);';
    const nested = `require("node:child_process").execFileSync(process.execPath, ["-e", ${JSON.stringify(burn)}]);`;
    const child = spawnChild(process.execPath, [
      '-e',
      `${nested} ${burn} console.log("done"); setInterval(() => {}, 1000)`,
    ]);
    await new Promise((resolve) => child.process.stdout?.once('data', resolve));

    const usedUs = cpuUsIn(readStats(), [child.pid]);
    const memory = rssBytesOf([child.pid]);
    await child.end('SIGKILL');

    expect(usedUs).toBeGreaterThanOrEqual(280_000);
    expect(usedUs).toBeLessThan(5_000_000);
    expect(memory).toBeGreaterThan(10_000_000);
    expect(cpuUsIn(readStats(), [child.pid])).toBe(0);
  },
);
