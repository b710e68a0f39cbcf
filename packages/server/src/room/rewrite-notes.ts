/**
 * beside Hop 7/8 – writes the entry that tells members who were away that history was rewritten (G4.8). Tries are
 * spaced out and counted; a note outlives its room, for members may be away longer than a room lingers, but not
 * the instance. At each bound it is given up, which the log says: members who were away then stay untold.
 */
import type { RoomId } from '@holdline/protocol';
import { backoffMs, Waits, type Clock } from '../clock.ts';
import type { MessageLog } from '../log/message-log.ts';
import type { FaultLog } from '../logger.ts';
import { controlMessage } from './control-entry.ts';
import type { Rewrite } from './room-item.ts';

export interface RewriteNotesDeps {
  readonly log: Pick<MessageLog, 'append'>;
  readonly clock: Clock;
  readonly logger: FaultLog;
}

const BACKOFF = { baseMs: 200, capMs: 5000 };
/** With the waits between them about four minutes: longer than a failover, and an instance that comes back from it. */
const MAX_TRIES = 60;
/** Notes under way at a time, each for one rewrite of one room. */
const MAX_NOTES = 4096;

export class RewriteNotes {
  readonly #deps: RewriteNotesDeps;
  readonly #waits: Waits;
  #underWay = 0;

  constructor(deps: RewriteNotesDeps) {
    this.#deps = deps;
    this.#waits = new Waits(deps.clock);
  }

  note(room: RoomId, rewrite: Rewrite): void {
    if (this.#underWay >= MAX_NOTES) return this.#givenUp(room, 'too many at a time');
    this.#underWay += 1;
    void this.#write(room, rewrite).then((obstacle) => {
      this.#underWay -= 1;
      if (obstacle !== null) this.#givenUp(room, obstacle);
    });
  }

  /** Nothing is tried after this, and no timer is left; an append that is under way is not waited for. */
  close(): void {
    this.#waits.end();
  }

  /** Why it was given up, or null once it is written. */
  async #write(room: RoomId, rewrite: Rewrite): Promise<string | null> {
    const { log, clock } = this.#deps;
    const message = controlMessage(rewrite);
    for (let attempt = 1; attempt <= MAX_TRIES && !this.#waits.isOver; attempt++) {
      try {
        await log.append(room, [message]);
        return null;
      } catch {
        // Why it failed does not matter here: the same message ID makes every further try safe.
        if (attempt < MAX_TRIES) await this.#waits.sleep(backoffMs(BACKOFF, attempt, clock.random()));
      }
    }
    return this.#waits.isOver ? 'the instance is closing' : 'the log does not take it';
  }

  #givenUp(room: RoomId, why: string): void {
    this.#deps.logger.error({ room, why }, 'rewritten history could not be noted in the room');
  }
}
