// A Node browser as the run sees it: a process that can be killed, and its pages.

import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { spawnChild, type Child } from '@holdline/testkit';
import type { TimeLine } from '../time-line.ts';
import type { FromBrowser, ToBrowser } from './browser-messages.ts';
import type { MemberCommand, MemberOptions } from './member.ts';
import type { Page, PageBody, PageEnd } from './page.ts';

const ENTRY = fileURLToPath(new URL('node-browser.ts', import.meta.url));
const START_DEADLINE_MS = 20_000;

export class NodeBrowser implements PageBody {
  readonly name: string;
  readonly #timeLine: TimeLine;
  readonly #outboxFolder: string;
  readonly #onFault: (message: string) => void;
  pages: readonly Page[] = [];
  /** Records in its outbox file, as it told last. */
  kept = 0;
  #child: Child | null = null;
  readonly #endings = new Map<string, () => void>();

  constructor(name: string, outboxFolder: string, timeLine: TimeLine, onFault: (message: string) => void) {
    this.name = name;
    this.#outboxFolder = outboxFolder;
    this.#timeLine = timeLine;
    this.#onFault = onFault;
  }

  async start(): Promise<void> {
    const { folder, originNs } = this.#timeLine;
    const args = [ENTRY, join(this.#outboxFolder, `${this.name}.jsonl`), folder, String(originNs)];
    const child = spawnChild(process.execPath, args, { ipc: true });
    this.#child = child;
    child.process.stdout?.resume();
    child.process.stderr?.on('data', (chunk: Buffer) => this.#onFault(`${this.name}: ${chunk.toString()}`));
    await new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`${this.name} did not start`)), START_DEADLINE_MS);
      child.process.on('message', (message: FromBrowser) => {
        if (message.type === 'ready') {
          clearTimeout(deadline);
          resolve();
        } else this.#hear(message);
      });
    });
  }

  /** Ends the process and all its pages at once. */
  async kill(): Promise<void> {
    await this.stop();
    for (const page of this.pages) page.ended('crash');
  }

  /** The same, after the end of the history. */
  async stop(): Promise<void> {
    await this.#child?.end('SIGKILL');
    this.#child = null;
  }

  async open(options: MemberOptions): Promise<void> {
    this.#send({ type: 'open', options });
  }

  async end(session: string, how: PageEnd): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#endings.set(session, resolve);
      this.#send({ type: 'end', session, how: how === 'crash' ? 'crash' : 'close' });
    });
  }

  command(session: string, command: MemberCommand): void {
    this.#send({ type: 'command', session, command });
  }

  #send(message: ToBrowser): void {
    if (this.#child?.process.connected === true) this.#child.process.send(message);
  }

  #hear(message: Exclude<FromBrowser, { type: 'ready' }>): void {
    if (message.type === 'fault') return this.#onFault(`${message.session}: ${message.message}`);
    if (message.type === 'ended') {
      this.#endings.get(message.session)?.();
      this.#endings.delete(message.session);
      return;
    }
    this.kept = message.kept;
    this.pages.find(({ session }) => session === message.progress.session)?.tell(message.progress);
  }
}
