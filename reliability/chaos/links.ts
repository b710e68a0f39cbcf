// The wires of a run, each behind a proxy: from every page to every server, and from every server to Redis. The two
// connections of a server to Redis go through one proxy and are told apart by the name that they give themselves.

import { createProxy, type Proxy, type ProxyDirection, type ProxyLink } from '@holdline/testkit';

/** All wires of one page: one for each server. */
export class PageWires {
  /** By server. */
  readonly proxies: readonly Proxy[];
  /** In the order in which the page tries them. */
  readonly urls: readonly string[];

  constructor(proxies: readonly Proxy[], first: number) {
    this.proxies = proxies;
    this.urls = proxies.map((_, index) => proxies[(first + index) % proxies.length]!.url);
  }

  each(run: (proxy: Proxy) => void): void {
    for (const proxy of this.proxies) run(proxy);
  }

  stall(direction?: ProxyDirection): void {
    this.each((proxy) => proxy.stall(direction === undefined ? {} : { direction }));
  }

  /** Takes back every fault that lasts. */
  mend(): void {
    this.each((proxy) => {
      proxy.resume();
      proxy.accept();
      proxy.delay(0);
      proxy.slice(0);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
  }
}

/** `targets` are the URLs of the servers; the page begins with the one called `first`. */
export async function createPageWires(targets: readonly string[], first: number): Promise<PageWires> {
  return new PageWires(await Promise.all(targets.map((target) => createProxy({ target }))), first);
}

export class RedisWire {
  readonly proxy: Proxy;

  constructor(proxy: Proxy) {
    this.proxy = proxy;
  }

  get url(): string {
    return `redis://${this.proxy.hostPort}`;
  }

  get subscriber(): readonly ProxyLink[] {
    return this.proxy.links.filter(({ head }) => head.includes(':subscriber'));
  }

  get command(): readonly ProxyLink[] {
    return this.proxy.links.filter(({ head }) => head.includes(':command'));
  }
}
