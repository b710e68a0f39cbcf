/**
 * Events to handlers. Handlers are isolated from each other and from us: what one throws, or what the
 * promise it returns rejects with, is reported, and the others run.
 */
import type { Off } from './api.ts';
import { HoldlineError } from './errors.ts';

type Entry = (payload: never) => unknown;

/** Where errors go. */
export interface Reporter {
  report(error: HoldlineError, event?: PropertyKey): void;
}

export class Emitter<Events> {
  readonly #reporter: Reporter;
  readonly #handlers = new Map<keyof Events, Set<Entry>>();

  /** Without a reporter, who extends this class reports. */
  constructor(reporter?: Reporter) {
    this.#reporter = reporter ?? (this as unknown as Reporter);
  }

  /** Runs, now, what the application brought. Where that goes on, a promise comes back, which settles with it and never rejects. */
  guard(run: () => unknown, event?: PropertyKey): unknown {
    const fail = (cause: unknown): void => this.#reporter.report(new HoldlineError('handler_failed', { cause }), event);
    try {
      const running = run() as Partial<PromiseLike<unknown>> | undefined;
      return running?.then && Promise.resolve(running).catch(fail);
    } catch (cause) {
      return fail(cause);
    }
  }

  on<E extends keyof Events>(event: E, handler: (payload: Events[E]) => unknown): Off {
    // Wrapped, so that the same function registered twice is two registrations with two undos.
    const entry: Entry = (payload) => handler(payload);
    const entries = this.#handlers.get(event) ?? new Set();
    this.#handlers.set(event, entries.add(entry));
    return () => void entries.delete(entry);
  }

  has(event: keyof Events): boolean {
    return !!this.#handlers.get(event)?.size;
  }

  /** Runs the handlers in the order of registration; answers with what `guard` does for each. */
  emit<E extends keyof Events>(event: E, payload: Events[E]): unknown[] {
    // A copy: who comes while the others run hears the next event.
    return [...(this.#handlers.get(event) ?? [])].map((entry) => this.guard(() => entry(payload as never), event));
  }
}
