/**
 * Watches the modules of SDK and server as they are loaded, so that the product needs no hooks for it: what the pure
 * `transition` functions are asked is counted, classes are handed to whoever watches, nanoid counts, and digests are cheap.
 *
 * To be called before any of them is imported.
 */
import { registerHooks } from 'node:module';

export type CellListener = (machine: string, state: unknown, event: unknown) => void;
export type ClassListener = (name: string, watched: unknown) => void;

interface Instrument {
  readonly file: string;
  /** Functions `(state, event)` that are counted, by the name of their machine. */
  readonly functions?: Readonly<Record<string, string>>;
  /** Classes that are handed over. */
  readonly classes?: readonly string[];
}

const INSTRUMENTS: readonly Instrument[] = [
  {
    file: '/client-sdk/src/connection/connection-state.ts',
    functions: { transition: 'sdk.connection', afterLoss: 'sdk.loss' },
  },
  { file: '/client-sdk/src/room/room-state.ts', functions: { transition: 'sdk.room' } },
  { file: '/client-sdk/src/outbox/outbox-state.ts', classes: ['OutboxState'] },
  { file: '/server/src/socket/connection-state.ts', functions: { transition: 'server.connection' } },
  { file: '/server/src/room/membership.ts', classes: ['Membership'] },
  { file: '/server/src/room/room.ts', classes: ['Room'] },
];

const CRYPTO = new URL('quick-crypto.ts', import.meta.url).href;
const NANOID = 'data:text/javascript,export const nanoid = () => globalThis.holdlineId();';

export function instrument(onCell: CellListener, onClass: ClassListener): void {
  Object.assign(globalThis, { holdlineCell: onCell, holdlineClass: onClass });
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === 'nanoid') return { url: NANOID, format: 'module', shortCircuit: true };
      const isServers = specifier === 'node:crypto' && context.parentURL?.includes('/server/src/') === true;
      return next(isServers ? CRYPTO : specifier, context);
    },
    load(url, context, next) {
      const loaded = next(url, context);
      const wanted = INSTRUMENTS.find(({ file }) => url.endsWith(file));
      if (wanted === undefined) return loaded;
      return { ...loaded, source: rewrite(Buffer.from(loaded.source as Uint8Array).toString(), wanted) };
    },
  });
}

function rewrite(source: string, { file, functions = {}, classes = [] }: Instrument): string {
  let text = source;
  for (const [name, machine] of Object.entries(functions)) {
    const head = `export function ${name}(`;
    if (!text.includes(head)) throw new Error(`${file} has no function ${name} any more`);
    text = text.replace(head, `function ${name}Unseen(`);
    text += `
export function ${name}(state, event) {
  globalThis.holdlineCell('${machine}', state, event);
  return ${name}Unseen(state, event);
}`;
  }
  for (const name of classes) {
    if (!text.includes(`class ${name}`)) throw new Error(`${file} has no class ${name} any more`);
    text += `\nglobalThis.holdlineClass('${name}', ${name});`;
  }
  return text;
}
