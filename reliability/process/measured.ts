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
const LOOKS = 8;
const LOOK_EVERY_MS = 35;

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
  const heapBytes = process.memoryUsage().heapUsed;
  return { heapBytes, resources: await openResources(), uncaught, own: own() };
}

/** What is open all the time: a command that is under way once a second has a timer, too, and is not meant. */
async function openResources(): Promise<Readonly<Record<string, number>>> {
  let least = countResources();
  for (let look = 1; look < LOOKS; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const now = countResources();
    least = Object.fromEntries(
      Object.entries(least).flatMap(([kind, count]) => (kind in now ? [[kind, Math.min(count, now[kind] ?? 0)]] : [])),
    );
  }
  return least;
}

function countResources(): Record<string, number> {
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return resources;
}
