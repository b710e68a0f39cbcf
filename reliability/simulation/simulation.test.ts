import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SimulationThread } from './pool.ts';

// A thread loads SDK and server for itself.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let thread: SimulationThread;

beforeAll(() => {
  thread = new SimulationThread();
});

afterAll(() => thread.close());

test('schedules hold what is promised', async () => {
  const { outcomes, schedules } = await thread.run({ from: 1, count: 40 });

  expect(outcomes.map(({ seed, violations }) => ({ seed, violations }))).toEqual([]);
  expect(schedules).toBe(40);
});

test('a seed replays to the same step, whatever ran before it', async () => {
  const order = { from: 7, count: 1, options: { traces: true }, wantsAll: true };
  const { outcomes: first } = await thread.run(order);
  await thread.run({ from: 300, count: 5 });
  const { outcomes: again } = await thread.run(order);
  const other = new SimulationThread();
  const { outcomes: elsewhere } = await other.run(order);
  await other.close();

  expect(first[0]!.trace!.length).toBeGreaterThan(100);
  expect(again[0]!.trace).toEqual(first[0]!.trace);
  expect(elsewhere[0]!.trace).toEqual(first[0]!.trace);
  expect(again[0]!.digest).toBe(first[0]!.digest);
});

test('a message that a server leaves out is missed by the SDK with the next one, and asked for again', async () => {
  const order = { from: 1, count: 30, options: { plant: 'lost message' }, wantsAll: true } as const;
  const { outcomes, counts } = await thread.run(order);

  const rules = outcomes.flatMap(({ violations }) => violations.map(({ rule }) => rule));
  // Where it was the last message of all, nothing that a page hears can show it.
  expect(rules.filter((rule) => rule !== 'G2.3')).toEqual([]);
  expect(outcomes.filter(({ violations }) => violations.length === 0).length).toBeGreaterThan(25);
  expect(counts['sdk.room | live | hole']).toBeGreaterThan(10);
});

test.each([
  ['silent skip', 'G4.1'],
  ['doubled message', 'G6.2'],
  ['false ack', 'G2.1'],
] as const)('a planted fault is found: %s violates %s', async (plant, rule) => {
  const { outcomes } = await thread.run({ from: 1, count: 60, options: { plant }, wantsAll: true });

  const rules = outcomes.flatMap(({ violations }) => violations.map((violation) => violation.rule));
  expect(rules).toContain(rule);
});
