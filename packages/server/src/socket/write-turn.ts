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
  /** Runs a task when the present one is over, before anything else happens. @defaultValue queueMicrotask */
  readonly afterTask?: (task: () => void) => void;
  /** Runs a task when what was ready to be read in this turn has been read. @defaultValue setImmediate */
  readonly afterTurn?: (task: () => void) => void;
}

export class WriteTurn {
  readonly #afterTask: (task: () => void) => void;
  readonly #afterTurn: (task: () => void) => void;
  #messages: Gathered[] = [];
  #answers: Gathered[] = [];

  constructor({ afterTask = queueMicrotask, afterTurn = setImmediate }: TurnSchedule = {}) {
    this.#afterTask = afterTask;
    this.#afterTurn = afterTurn;
  }

  /** To be flushed with the messages of this task. */
  addMessages(socket: Gathered): void {
    if (this.#messages.push(socket) === 1) this.#afterTask(this.#flushMessages);
  }

  /** To be flushed with the answers of this turn. */
  addAnswers(socket: Gathered): void {
    if (this.#answers.push(socket) === 1) this.#afterTurn(this.#flushAnswers);
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
