// The protocol of docs/PROTOCOL.md on bare frames. Which frame it is, is read from one byte of its type; nothing on the way of a
// message is parsed as JSON.

import type { ClientLine, ClientProtocol, ClientSession, ClientSpec } from '../../clients/client-protocol.ts';

const TYPE_AT = '{"type":"'.length;
/** Behind the payload stands `"}`. */
const TAIL_BYTES = 2;
const MESSAGE = 'm'.charCodeAt(0);
const BATCH = 'b'.charCodeAt(0);
const ACK = 'a'.charCodeAt(0);
const ACK_MARK = Buffer.from('"type":"ack"');
const QUIET_TYPES = new Set(['welcome', 'joined', 'pong', 'left', 'skip', 'notice', 'authenticated']);

export const HOLDLINE_PROTOCOL: ClientProtocol = {
  acks: 'always',
  keepAliveMs: 15_000,
  upgrade: () => ({ path: '/', headers: { 'Sec-WebSocket-Protocol': 'holdline.v1' } }),
  session: (spec, line) => new HoldlineSession(spec, line),
};

class HoldlineSession implements ClientSession {
  readonly #spec: ClientSpec;
  readonly #line: ClientLine;
  readonly #publishHead: string;
  readonly #payloadFromEnd: number;
  /** A copy of the newest frame that held a message; its cursor is read when somebody asks. */
  #newest: Buffer | null = null;
  #position: string | null = null;
  #hasGap = false;

  constructor(spec: ClientSpec, line: ClientLine) {
    this.#spec = spec;
    this.#line = line;
    this.#publishHead = `{"type":"publish","room":"${spec.room}","event":"m","messageId":"${spec.id}-`;
    this.#payloadFromEnd = spec.payloadBytes + TAIL_BYTES;
  }

  opened(): void {
    const { role, room, id, resume } = this.#spec;
    const since = typeof resume === 'string' ? resume : 'live';
    const joins = role === 'member' ? [{ room, since }] : [];
    this.#line.sendText(JSON.stringify({ type: 'hello', client: id, joins }));
  }

  received(frame: Buffer): void {
    const kind = frame[TYPE_AT];
    if (kind === MESSAGE) {
      if (!this.#line.deliver(frame, frame.length - this.#payloadFromEnd)) this.#line.deliverAll(frame);
      if (this.#spec.isResumable) this.#newest = Buffer.from(frame);
    } else if (kind === BATCH) this.#batch(frame);
    else if (kind === ACK && frame[TYPE_AT + 1] === 0x63) this.#line.acked(1);
    else this.#rare(frame.toString());
  }

  publish(payload: string, n: number): void {
    this.#line.sendText(`${this.#publishHead}${n}","data":"${payload}"}`);
  }

  keepAlive(): void {
    this.#line.sendText('{"type":"ping"}');
  }

  cursor(): string | undefined {
    if (this.#newest === null) return this.#position ?? undefined;
    const text = this.#newest.toString();
    const at = text.lastIndexOf('"id":"');
    const [, id, messageId] = /"id":"([^"]+)","event":"[^"]+","messageId":"([^"]+)"/.exec(text.slice(at)) ?? [];
    return `${id}~${messageId}`;
  }

  #batch(frame: Buffer): void {
    if (this.#spec.role === 'publisher') {
      let acks = 0;
      for (let at = frame.indexOf(ACK_MARK); at >= 0; at = frame.indexOf(ACK_MARK, at + ACK_MARK.length)) acks += 1;
      if (acks > 0) this.#line.acked(acks);
      if (frame.includes('"type":"nack"')) {
        const { frames } = JSON.parse(frame.toString()) as { frames: { type: string; messageId?: string }[] };
        for (const one of frames) if (one.type === 'nack') this.#refused(one);
      }
      return;
    }
    this.#line.deliverAll(frame);
    if (this.#spec.isResumable && frame.includes('"type":"message"')) this.#newest = Buffer.from(frame);
    if (frame.includes('"type":"gap"')) this.#hasGap = true;
    if (frame.includes('"type":"live"')) this.#live();
  }

  #rare(text: string): void {
    const answer = JSON.parse(text) as { type: string; position?: string; messageId?: string };
    const { type, position } = answer;
    if (type === 'ping') this.#line.sendText('{"type":"pong"}');
    else if (type === 'live') this.#live();
    else if (type === 'gap') this.#hasGap = true;
    else if (type === 'joined' && position !== undefined) this.#position ??= position;
    else if (type === 'welcome' && this.#spec.role === 'publisher') this.#line.ready();
    else if (type === 'nack') this.#refused(answer);
    else if (!QUIET_TYPES.has(type)) this.#line.fault(text);
  }

  #live(): void {
    if (this.#spec.resume !== undefined) this.#line.resumed(!this.#hasGap);
    this.#line.ready();
  }

  /** It is not sent again: a fault of the run. Withdrawn, so that the server lets later ones of this room pass. */
  #refused(nack: { messageId?: string }): void {
    this.#line.fault(JSON.stringify(nack));
    this.#line.sendText(JSON.stringify({ type: 'withdraw', room: this.#spec.room, messageId: nack.messageId }));
  }
}
