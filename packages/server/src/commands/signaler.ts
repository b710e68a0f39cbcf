/**
 * beside Hop 4/8 – signals: volatile, to the members that are live now, on every instance. Nothing is kept and
 * nothing is repeated; an answer comes only when one was refused.
 */
import { ERROR_CODES, MAX_DATA_DEPTH, type RoomId, type SignalFrame } from '@holdline/protocol';
import type { LiveFeed } from '../feed/live-feed.ts';
import { LogError } from '../log/message-log.ts';
import { errorFields, type FaultLog } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { refusalOf, type Access } from './access.ts';
import { nestsDeeperThan } from './message-checks.ts';
import type { Refusal, Session } from './session.ts';

export interface SignalerDeps {
  readonly access: Access;
  readonly feed: Pick<LiveFeed, 'signal'>;
  readonly logger: FaultLog;
  readonly metrics: Metrics;
}

/** Signals of one connection that Redis has not taken yet. */
const MAX_UNDER_WAY = 64;

export class Signaler {
  readonly #deps: SignalerDeps;
  readonly #session: Session;
  #underWay = 0;

  constructor(deps: SignalerDeps, session: Session) {
    this.#deps = deps;
    this.#session = session;
  }

  async signal(frame: SignalFrame): Promise<void> {
    const refusal = await this.#judge(frame);
    if (!this.#session.isOpen) return;
    if (refusal !== null) return this.#refuse(frame.room, refusal);
    this.#underWay += 1;
    // Not awaited: the next frame need not wait for Redis to take this one. It never rejects.
    void this.#pass(frame);
  }

  async #judge({ room, data }: SignalFrame): Promise<Refusal | null> {
    if (this.#session.isDraining) return { code: 'draining' };
    if (this.#underWay >= MAX_UNDER_WAY) return { code: 'overloaded' };
    if (nestsDeeperThan(data, MAX_DATA_DEPTH)) return { code: 'bad_data', detail: 'signal.data nests too deeply' };
    return refusalOf(await this.#deps.access.ask(this.#session.principal, room, 'signal'));
  }

  async #pass({ room, event, data }: SignalFrame): Promise<void> {
    const signal = { event, sender: this.#session.principal.user, data: JSON.stringify(data) };
    try {
      await this.#deps.feed.signal(room, signal);
      this.#deps.metrics.count('signals');
    } catch (error) {
      const isExpected = error instanceof LogError;
      if (!isExpected) this.#deps.logger.error({ room, ...errorFields(error) }, 'signal failed unexpectedly');
      if (!isExpected) this.#deps.metrics.count('faults');
      this.#refuse(room, { code: isExpected ? error.code : 'internal' });
    } finally {
      this.#underWay -= 1;
    }
  }

  #refuse(room: RoomId, { code, detail }: Refusal): void {
    this.#deps.metrics.count('frames_refused');
    const { retry } = ERROR_CODES[code];
    const message = detail === undefined ? {} : { message: detail };
    this.#session.send({ type: 'error', code, retry, request: 'signal', room, ...message });
  }
}
