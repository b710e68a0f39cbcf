/** A member that behaves: whatever others do, it is in its room, gets everything once and in order, and hears no complaint. */
import { countOf, decodeServerFrame, SUBPROTOCOL, type ServerFrame } from '@holdline/protocol';
import { createDeferred, type Deferred } from '@holdline/testkit';
import { WebSocket } from 'ws';

const DEADLINE_MS = 15_000;

export class Bystander {
  readonly #socket: WebSocket;
  readonly #room: string;
  readonly #waiting = new Map<string, Deferred<void>>();
  readonly #faults: string[] = [];
  #published = 0;
  #received = 0;

  private constructor(port: number, room: string) {
    this.#room = room;
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}`, SUBPROTOCOL);
    this.#socket.on('message', (data: Buffer) => this.#heard(data.toString()));
    this.#socket.on('error', (error) => this.#faults.push(`its socket failed: ${error.message}`));
    this.#socket.on('close', (code) => this.#faults.push(`its socket was closed with ${code}`));
  }

  static async join(port: number, room: string): Promise<Bystander> {
    const bystander = new Bystander(port, room);
    await new Promise((resolve) => bystander.#socket.once('open', resolve));
    bystander.#send({ type: 'hello', client: 'bystander', user: 'bystander', joins: [{ room }] });
    await bystander.#awaited('live');
    return bystander;
  }

  /** Publishes, waits for its own message, and says what went wrong so far. */
  async complaints(): Promise<readonly string[]> {
    const messageId = `b${(this.#published += 1)}`;
    this.#send({ type: 'publish', room: this.#room, event: 'text', messageId, data: this.#published });
    const isHere = await this.#awaited(messageId).then(
      () => true,
      () => false,
    );
    if (!isHere) this.#faults.push(`${messageId} did not arrive within ${DEADLINE_MS} ms`);
    return this.#faults.splice(0);
  }

  /** Ends it in order; nothing is a fault any more. */
  async close(): Promise<void> {
    this.#socket.removeAllListeners('close');
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.close();
    await closed;
  }

  #send(frame: unknown): void {
    this.#socket.send(JSON.stringify(frame));
  }

  #awaited(what: string): Promise<void> {
    const deferred = createDeferred<void>();
    const timer = setTimeout(() => deferred.reject(new Error(what)), DEADLINE_MS);
    this.#waiting.set(what, deferred);
    return deferred.promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(what);
    });
  }

  #heard(text: string): void {
    const decoded = decodeServerFrame(text);
    if (!decoded.ok) this.#faults.push(`a frame that no client can read: ${decoded.message}`);
    else for (const frame of decoded.frame.type === 'batch' ? decoded.frame.frames : [decoded.frame]) this.#take(frame);
  }

  #take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'live':
        this.#waiting.get('live')?.resolve();
        return;
      case 'message':
        this.#received += 1;
        if (countOf(frame.id) !== this.#received)
          this.#faults.push(`message ${countOf(frame.id)} in place of ${this.#received}`);
        this.#waiting.get(frame.messageId)?.resolve();
        return;
      case 'ping':
        return this.#send({ type: 'pong' });
      case 'error':
      case 'nack':
      case 'gap':
      case 'left':
        this.#faults.push(`it was told ${text(frame)}`);
        return;
      default:
    }
  }
}

const text = (frame: ServerFrame): string => JSON.stringify(frame);
