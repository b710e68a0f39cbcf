// One run against one system: two publishers, one at each server, send a fixed number of messages at a fixed pace, while
// one subscriber is cut again and again (TCP reset) and comes back. Two more, one at each server, are never cut and
// tell whether the servers agree on the order.

import { createProxy, createRandom, eventually, type Proxy } from '@holdline/testkit';
import type { Numbered, Publisher, Rival, RunningRival, Subscriber } from './rival.ts';
import { oppositeNeighbours, tally, type Tally } from './tally.ts';

export interface Plan {
  readonly seed: number;
  /** Of both publishers together. */
  readonly messages: number;
  readonly cuts: number;
  /** Between two messages, of both publishers together. */
  readonly everyMs: number;
  /** `same`: it comes back to its server. `other`: to the other one, each time. */
  readonly route: 'same' | 'other';
}

export interface Outcome extends Tally {
  readonly rival: string;
  readonly route: Plan['route'];
  readonly accepted: number;
  readonly cuts: number;
  /** How often the client said that it had missed nothing. */
  readonly claims: number;
  readonly opposite: number;
}

/** After a return, before the next cut. */
const CUT_AFTER_MS = { from: 80, to: 200 };
const RETURN_DEADLINE_MS = 10_000;
/** Nothing new for so long after the last message: what has not come does not come. */
const QUIET_MS = 1000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function publishAndCut(rival: Rival, redisUrl: string, plan: Plan): Promise<Outcome> {
  const running = await rival.start(redisUrl);
  try {
    return await runAgainst(rival, running, plan);
  } finally {
    await running.stop();
  }
}

async function runAgainst(rival: Rival, running: RunningRival, plan: Plan): Promise<Outcome> {
  const [first, second] = running.ports;
  const proxy = await createProxy({ target: `127.0.0.1:${first}` });
  const [delivered, steadyOne, steadyTwo]: [Numbered[], Numbered[], Numbered[]] = [[], [], []];
  const subscribers = await Promise.all([
    running.subscribe(proxy.port, (message) => void delivered.push(message)),
    running.subscribe(first, (message) => void steadyOne.push(message)),
    running.subscribe(second, (message) => void steadyTwo.push(message)),
  ]);
  const publishers = await Promise.all([running.publisher(first), running.publisher(second)]);

  const state = { isPublishing: true };
  const cutting = cutAgain(proxy, running, subscribers[0], plan, () => state.isPublishing);
  const accepted = (await Promise.all(publishers.map((publisher, from) => publishAll(publisher, from, plan)))).flat();
  state.isPublishing = false;
  const cuts = await cutting;
  await quiet(() => delivered.length + steadyOne.length + steadyTwo.length);

  const { claims } = subscribers[0];
  await Promise.all([...subscribers, ...publishers].map((client) => client.close()));
  await proxy.close();
  return {
    rival: rival.name,
    route: plan.route,
    accepted: accepted.length,
    cuts,
    claims,
    ...tally(accepted, delivered),
    opposite: oppositeNeighbours(steadyOne, steadyTwo),
  };
}

/** Keeps the pace by the clock: a timer that fires late is made up for. Resolves with what was accepted. */
async function publishAll(publisher: Publisher, from: number, { messages, everyMs }: Plan): Promise<Numbered[]> {
  const count = Math.floor(messages / 2);
  const accepted: Numbered[] = [];
  const answers: Promise<void>[] = [];
  const startMs = performance.now();
  while (answers.length < count) {
    const due = Math.min(count, Math.floor((performance.now() - startMs) / (2 * everyMs)) + 1);
    while (answers.length < due) {
      const message = { from, n: answers.length };
      answers.push(publisher.publish(message).then(() => void accepted.push(message)));
    }
    await sleep(1);
  }
  await Promise.allSettled(answers);
  return accepted;
}

async function cutAgain(
  proxy: Proxy,
  { ports }: RunningRival,
  subscriber: Subscriber,
  plan: Plan,
  isPublishing: () => boolean,
): Promise<number> {
  const random = createRandom(plan.seed);
  let cuts = 0;
  while (cuts < plan.cuts && isPublishing()) {
    await sleep(CUT_AFTER_MS.from + random.below(CUT_AFTER_MS.to - CUT_AFTER_MS.from));
    if (!isPublishing()) break;
    cuts += 1;
    if (plan.route === 'other') proxy.retarget(`127.0.0.1:${ports[cuts % 2]}`);
    const { returns } = subscriber;
    proxy.cut();
    if (!(await subscriber.backAfter(returns, RETURN_DEADLINE_MS))) break;
  }
  return cuts;
}

/** Resolves when the number has not changed for a while. */
async function quiet(count: () => number): Promise<void> {
  let [last, sinceMs] = [-1, 0];
  await eventually(
    () => {
      if (count() !== last) [last, sinceMs] = [count(), performance.now()];
      return performance.now() - sinceMs >= QUIET_MS;
    },
    { deadlineMs: 60_000, what: 'quiet' },
  );
}
