/**
 * The server run: rounds of attacks, several at a time, against one server process. After each round a bystander proves that
 * nobody else was harmed; at the end the process has to hold what it held before.
 */
import { createRandom, eventually } from '@holdline/testkit';
import { goldenFrames } from '../decoders/golden.ts';
import { FrameMutator } from '../decoders/mutator.ts';
import { startMeasured, type MeasuredProcess } from '../../process/measured-process.ts';
import { growthOf } from '../../process/growth.ts';
import type { Measure } from '../../process/measured.ts';
import { faultsOfAnswers } from './answers.ts';
import { ATTACKS, outcomeOf, type Attack, type AttackTools } from './attacks.ts';
import { Bystander } from './bystander.ts';

export interface ServerRun {
  readonly seed: number;
  readonly rounds: number;
}

export interface ServerReport {
  readonly ms: number;
  readonly attacks: number;
  readonly frames: number;
  /** Attack → how it ended → how often. */
  readonly outcomes: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly before: Measure;
  readonly after: Measure;
  readonly findings: readonly string[];
}

const AT_A_TIME = 6;
const MAX_FINDINGS = 20;
/** Time for rooms that linger and sockets that are waited for. */
const CLOSING_MS = 10_000;

export async function fuzzServer({ seed, rounds }: ServerRun): Promise<ServerReport> {
  const startedAt = performance.now();
  const server = await startMeasured(new URL('./server.child.ts', import.meta.url));
  try {
    const siege = new Siege(seed, await server.ask<number>('port'));
    // The first deck warms the process up: code is compiled, buffers and pools are made.
    await siege.play(Math.ceil(ATTACKS.length / AT_A_TIME));
    await everybodyLeft(server);
    const before = await server.measure();
    await siege.play(rounds);
    await everybodyLeft(server);
    const after = await server.measureAtRest(before, CLOSING_MS);
    siege.findings.push(...growthOf(before, after), ...after.uncaught.map((text) => `uncaught: ${text}`));
    if ((after.own['faults'] ?? 0) > 0) siege.findings.push(`${after.own['faults']} faults counted by the server`);
    const { attacks, outcomes } = siege;
    const findings = siege.findings.slice(0, MAX_FINDINGS);
    return {
      ms: performance.now() - startedAt,
      attacks,
      frames: after.own['frames'] ?? 0,
      outcomes,
      before,
      after,
      findings,
    };
  } finally {
    await server.stop();
  }
}

/** Nobody is connected, and what was stored is forgotten. */
async function everybodyLeft(server: MeasuredProcess): Promise<void> {
  await eventually(async () => (await server.measure()).own['connections'] === 0, {
    deadlineMs: 10_000,
    intervalMs: 50,
    what: 'no connection is left',
  });
  await server.ask('forget');
}

/** One row of rounds after the other against the same server. */
class Siege {
  readonly findings: string[] = [];
  readonly outcomes = new Map<string, Map<string, number>>();
  attacks = 0;
  readonly #tools: AttackTools;
  #deck: readonly Attack[] = [];
  #rounds = 0;
  #sieges = 0;

  constructor(seed: number, port: number) {
    const random = createRandom(seed);
    this.#tools = { port, random, mutator: new FrameMutator(random, goldenFrames('client')) };
  }

  async play(rounds: number): Promise<void> {
    const bystander = await Bystander.join(this.#tools.port, `bystander-${(this.#sieges += 1)}`);
    for (let round = 0; round < rounds && this.findings.length < MAX_FINDINGS; round += 1) {
      this.#rounds += 1;
      await Promise.all(Array.from({ length: AT_A_TIME }, () => this.#attack(this.#draw())));
      for (const complaint of await bystander.complaints()) {
        this.findings.push(`round ${this.#rounds}: a bystander: ${complaint}`);
      }
    }
    await bystander.close();
  }

  /** Every attack once in a shuffled deck before any comes again. */
  #draw(): Attack {
    if (this.#deck.length === 0) this.#deck = this.#tools.random.shuffle(ATTACKS);
    const [attack, ...rest] = this.#deck;
    this.#deck = rest;
    return attack as Attack;
  }

  async #attack(attack: Attack): Promise<void> {
    const raw = await attack.run(this.#tools);
    const outcome = await outcomeOf(raw, attack.isSilent);
    raw.destroy();
    this.attacks += 1;
    const counts = this.outcomes.get(attack.name) ?? new Map<string, number>();
    this.outcomes.set(attack.name, counts.set(outcome, (counts.get(outcome) ?? 0) + 1));
    const where = `round ${this.#rounds}: ${attack.name}`;
    if (!attack.ends.includes(outcome))
      this.findings.push(`${where} ended with ${outcome}, not ${attack.ends.join(' or ')}`);
    for (const fault of faultsOfAnswers(raw.texts, raw.closeCode)) this.findings.push(`${where}: ${fault}`);
  }
}
