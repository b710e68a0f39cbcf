/** For tests over real sockets on loopback: servers on the embedded engine, and clients that keep what they hear. */
import { once } from 'node:events';
import type { ClientRequestArgs } from 'node:http';
import { decodeServerFrame, SUBPROTOCOL, type ServerFrame } from '@holdline/protocol';
import { createDeferred } from '@holdline/testkit';
import { WebSocket } from 'ws';
import { createEmbeddedBroker, embeddedControlsOf, type EmbeddedBroker } from './embedded-engine.ts';
import type { EmbeddedControls } from './embedded/controls.ts';
import { redisEngine } from './engine-source.ts';
import type { Logger } from './logger.ts';
import type { ServerOptions } from './options.ts';
import { createServer, type HoldlineServer } from './server.ts';

export interface TestServer {
  readonly server: HoldlineServer;
  readonly broker: EmbeddedBroker;
  readonly controls: EmbeddedControls;
  /** Every line that was logged, as text. */
  readonly log: readonly string[];
}

const opened: { close(): Promise<void> }[] = [];

/** Closes what the test has opened; for `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((item) => item.close()));
}

export async function startServer(
  options: Partial<ServerOptions> = {},
  broker = createEmbeddedBroker(),
): Promise<TestServer> {
  const log: string[] = [];
  const server = createServer({ auth: 'open', port: 0, engine: broker, logger: keepingLogger(log), ...options });
  opened.push({ close: () => server.close({ drainMs: 0 }) });
  await server.listen();
  return { server, broker, controls: embeddedControlsOf(broker), log };
}

/** A server on a Redis; nothing in it can be turned back or taken away but through that. */
export async function startRedisServer(
  url: string,
  options: Partial<ServerOptions> = {},
): Promise<{ server: HoldlineServer }> {
  const server = createServer({ auth: 'open', port: 0, engine: redisEngine({ url }), ...options });
  opened.push({ close: () => server.close({ drainMs: 0 }) });
  await server.listen();
  return { server };
}

function keepingLogger(log: string[]): Logger {
  const keep =
    (level: string): Logger['info'] =>
    (fields, message) =>
      void log.push(JSON.stringify({ level, message, ...fields }));
  return { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}

type FrameOf<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>;

/** Speaks raw frames; every frame that arrives must be one that a client can decode. */
export class TestClient {
  readonly socket: WebSocket;
  readonly frames: ServerFrame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #watchers = new Set<() => void>();
  #isClosed = false;

  private constructor(url: string, protocols: readonly string[], options: ClientRequestArgs) {
    const closed = createDeferred<{ code: number; reason: string }>();
    this.closed = closed.promise;
    this.socket = new WebSocket(url, [...protocols], options);
    this.socket.on('message', (data: Buffer) => this.#heard(data.toString()));
    this.socket.on('close', (code, reason) => {
      this.#isClosed = true;
      closed.resolve({ code, reason: reason.toString() });
      for (const watch of this.#watchers) watch();
    });
    opened.push({ close: () => Promise.resolve(this.socket.terminate()) });
  }

  /** Opens a socket and says nothing. */
  static async open(
    { server }: Pick<TestServer, 'server'>,
    { protocols = [SUBPROTOCOL], ...options }: ClientRequestArgs & { readonly protocols?: readonly string[] } = {},
  ): Promise<TestClient> {
    const client = new TestClient(server.url, protocols, options);
    await once(client.socket, 'open');
    return client;
  }

  /** Opens a socket, says hello and waits for the welcome. */
  static async connect(target: Pick<TestServer, 'server'>, hello: Record<string, unknown> = {}): Promise<TestClient> {
    const client = await TestClient.open(target);
    client.send({ type: 'hello', client: 'test', ...hello });
    await client.next('welcome');
    return client;
  }

  send(frame: Record<string, unknown>): void {
    this.socket.send(JSON.stringify(frame));
  }

  publish(room: string, messageId: string, data: unknown = messageId, more: Record<string, unknown> = {}): void {
    this.send({ type: 'publish', room, event: 'text', messageId, data, ...more });
  }

  of<Type extends ServerFrame['type']>(type: Type): FrameOf<Type>[] {
    return this.frames.filter((frame): frame is FrameOf<Type> => frame.type === type);
  }

  messageIds(room?: string): readonly string[] {
    return this.of('message')
      .filter((frame) => room === undefined || frame.room === room)
      .map((frame) => frame.messageId);
  }

  /** The `count`th frame of a type, as soon as it is there. */
  async next<Type extends ServerFrame['type']>(type: Type, count = 1): Promise<FrameOf<Type>> {
    await this.until(() => this.of(type).length >= count, `${count} × ${type}`);
    return this.of(type)[count - 1]!;
  }

  /** Resolves when the condition holds, looked at with every frame. */
  until(condition: () => boolean, what = 'a condition'): Promise<void> {
    return new Promise((resolve, reject) => {
      const watch = (): void => {
        if (condition()) finish(resolve);
        else if (this.#isClosed) finish(() => reject(new Error(`closed while waiting for ${what}`)));
      };
      const heard = (): string => JSON.stringify(this.frames.slice(-5));
      const late = setTimeout(
        () => finish(() => reject(new Error(`${what} did not come; last heard: ${heard()}`))),
        20_000,
      );
      const finish = (settle: () => void): void => {
        clearTimeout(late);
        this.#watchers.delete(watch);
        settle();
      };
      this.#watchers.add(watch);
      watch();
    });
  }

  /** Everything that was sent before is handled when this resolves. */
  async settled(): Promise<void> {
    const heard = this.of('pong').length;
    this.send({ type: 'ping' });
    await this.next('pong', heard + 1);
  }

  #heard(text: string): void {
    const decoded = decodeServerFrame(text);
    if (!decoded.ok) throw new Error(`the server sent what no client can read: ${text}`);
    this.frames.push(...(decoded.frame.type === 'batch' ? decoded.frame.frames : [decoded.frame]));
    for (const watch of this.#watchers) watch();
  }
}
