// The tabs of a run: one Chromium, one context per user, whose tabs share storage, locks and news.

import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import { serveFolder, type StaticServer } from '@holdline/testkit';
import { chromium, type Browser, type BrowserContext, type CDPSession, type Page as Tab } from 'playwright';
import type { ChaosPage } from '../page/main.ts';
import type { TimeLine } from '../time-line.ts';
import type { MemberCommand, MemberOptions, Progress, TimedFact } from './member.ts';
import type { Page, PageBody, PageEnd } from './page.ts';

declare const window: { readonly chaos: ChaosPage };

const FOLDER = fileURLToPath(new URL('../page/dist', import.meta.url));
const SWITCHES = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
/** Tabs in the background must not be slowed down: they stand for people who look at theirs. */
const AWAKE = [
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];
const ANSWER_MS = 10_000;
/**
 * As a full disk does: the write is taken, and its transaction aborted. (The browser's own limit can be set from outside, but
 * is not looked at for as long as a database is open.)
 */
const FILL_STORAGE = `
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...args) {
    const request = put.apply(this, args);
    this.transaction.abort();
    return request;
  };`;
/** As browsers do where the user forbids storage. */
const REFUSE_STORAGE = `IDBFactory.prototype.open = () => { throw new DOMException('refused', 'SecurityError'); };`;

export class Tabs {
  readonly server: StaticServer;
  readonly #browser: Browser;

  private constructor(server: StaticServer, browser: Browser) {
    this.server = server;
    this.#browser = browser;
  }

  static async launch(): Promise<Tabs> {
    const found = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
      existsSync(path),
    );
    const executablePath = process.env['CHROMIUM_PATH'] ?? found;
    const browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: [...SWITCHES, ...AWAKE],
    });
    return new Tabs(await serveFolder({ dir: FOLDER }), browser);
  }

  /** What one user has: storage of their own. */
  async device(timeLine: TimeLine): Promise<Device> {
    const context = await this.#browser.newContext();
    const device = new Device(context, this.server.url, timeLine);
    await device.lend();
    return device;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.server.close();
  }
}

export class Device implements PageBody {
  readonly #context: BrowserContext;
  readonly #url: string;
  readonly #timeLine: TimeLine;
  readonly #tabs = new Map<string, Tab>();
  /** By the session that was in them: loaded again, and not started yet. */
  readonly #reloaded = new Map<string, Tab>();
  pages: readonly Page[] = [];
  /** The next new tab may store nothing. */
  isStorageRefused = false;

  constructor(context: BrowserContext, url: string, timeLine: TimeLine) {
    this.#context = context;
    this.#url = url;
    this.#timeLine = timeLine;
  }

  async lend(): Promise<void> {
    await this.#context.exposeFunction('chaosWrite', (session: string, facts: readonly TimedFact[]) =>
      this.#timeLine.write(facts, session),
    );
    await this.#context.exposeFunction('chaosProgress', (progress: Progress) =>
      this.pages.find(({ session }) => session === progress.session)?.tell(progress),
    );
  }

  async open(options: MemberOptions): Promise<void> {
    const tab = (options.after === null ? undefined : this.#reloaded.get(options.after)) ?? (await this.#newTab());
    if (options.after !== null) this.#reloaded.delete(options.after);
    this.#tabs.set(options.session, tab);
    const now = await tab.evaluate(() => performance.now());
    // Late by the way of the answer: what a tab saw is never on record before it was.
    await tab.evaluate(([settings, originMs]) => window.chaos.start(settings, originMs), [
      options,
      now - this.#timeLine.now(),
    ] as const);
  }

  async end(session: string, how: PageEnd): Promise<void> {
    const tab = this.#tabs.get(session);
    if (tab === undefined) return;
    this.#tabs.delete(session);
    if (how === 'reload') {
      await tab.reload();
      this.#reloaded.set(session, tab);
      return;
    }
    if (how === 'crash') await crash(tab);
    await tab.close();
  }

  async #newTab(): Promise<Tab> {
    const tab = await this.#context.newPage();
    if (this.isStorageRefused) await tab.addInitScript(REFUSE_STORAGE);
    await tab.goto(this.#url);
    return tab;
  }

  command(session: string, command: MemberCommand): void {
    this.#tabs
      .get(session)
      ?.evaluate((it) => window.chaos.command(it), command)
      .catch(() => undefined);
  }

  async setOffline(isOffline: boolean): Promise<void> {
    await this.#context.setOffline(isOffline);
  }

  /** From here on what the page writes is not kept, until it is loaded again. */
  async fillStorage(session: string): Promise<void> {
    await this.#tabs.get(session)?.evaluate(FILL_STORAGE);
  }
}

async function crash(tab: Tab): Promise<void> {
  const cdp: CDPSession = await tab.context().newCDPSession(tab);
  const crashed = tab.waitForEvent('crash', { timeout: ANSWER_MS });
  // The answer never comes: the renderer is gone.
  cdp.send('Page.crash').catch(() => undefined);
  await crashed;
}
