/**
 * The inside of a process that is measured: answers `measure` with what it holds after collection, and counts what nobody
 * caught. It ends with its parent. Needs `--expose-gc`.
 */

export interface Measure {
  readonly heapBytes: number;
  /** Handles and timers that are open, by kind. */
  readonly resources: Readonly<Record<string, number>>;
  /** Rejections and exceptions that nobody caught, as text; the first few. */
  readonly uncaught: readonly string[];
  /** What the process adds of its own. */
  readonly own: Readonly<Record<string, number>>;
}

export interface Answering {
  /** Counts of its own, read after collection. */
  readonly own?: () => Readonly<Record<string, number>>;
  /** Anything else that the parent asks for, by name; the answer must be JSON. */
  readonly commands?: Readonly<Record<string, (argument: unknown) => unknown>>;
}

interface Request {
  readonly id: number;
  readonly command: string;
  readonly argument?: unknown;
}

const MAX_UNCAUGHT = 20;

export function answerParent({ own = () => ({}), commands = {} }: Answering): void {
  const uncaught: string[] = [];
  const keep = (error: unknown): void => {
    if (uncaught.length < MAX_UNCAUGHT)
      uncaught.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };
  process.on('unhandledRejection', keep);
  process.on('uncaughtException', keep);
  process.on('disconnect', () => process.exit());
  process.on('message', (request: Request) => {
    const answer = async (): Promise<unknown> => {
      if (request.command === 'measure') return measure(uncaught, own);
      return commands[request.command]?.(request.argument);
    };
    answer().then(
      (result) => process.send?.({ id: request.id, result }),
      (error: unknown) => process.send?.({ id: request.id, error: String(error) }),
    );
  });
  process.send?.({ id: 0, result: 'ready' });
}

async function measure(uncaught: readonly string[], own: () => Readonly<Record<string, number>>): Promise<Measure> {
  // Finalizers and what they let go of need a turn between two collections.
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return { heapBytes: process.memoryUsage().heapUsed, resources, uncaught, own: own() };
}
