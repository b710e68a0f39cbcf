/**
 * Hop 7/8: when gathered frames are written. Messages go at the end of the task that brought them, as soon as all that
 * one read from Redis held is handed out; answers wait for the end of the turn of the event loop, because the message
 * that a publisher gets back arrives with them more often than not. Whatever goes first takes along what was
 * given before it, so that frames never change places.
 */
export interface Gathered {
  flush(): void;
}

export interface TurnSchedule {
  /** Runs a task when the present one is over, before anything else happens. */
  readonly afterTask: (task: () => void) => void;
  /** Runs a task when what was ready to be read in this turn has been read. */
  readonly afterTurn: (task: () => void) => void;
}

const EVENT_LOOP: TurnSchedule = {
  afterTask: (task) => queueMicrotask(task),
  afterTurn: (task) => setImmediate(task),
};

export class WriteTurn {
  readonly #schedule: TurnSchedule;
  #messages: Gathered[] = [];
  #answers: Gathered[] = [];

  constructor(schedule = EVENT_LOOP) {
    this.#schedule = schedule;
  }

  /** To be flushed with the messages of this task. */
  addMessages(socket: Gathered): void {
    if (this.#messages.push(socket) === 1) this.#schedule.afterTask(this.#flushMessages);
  }

  /** To be flushed with the answers of this turn. */
  addAnswers(socket: Gathered): void {
    if (this.#answers.push(socket) === 1) this.#schedule.afterTurn(this.#flushAnswers);
  }

  readonly #flushMessages = (): void => {
    const due = this.#messages;
    this.#messages = [];
    for (const socket of due) socket.flush();
  };

  readonly #flushAnswers = (): void => {
    const due = this.#answers;
    this.#answers = [];
    for (const socket of due) socket.flush();
  };
}
