// Engine.IO 4 and Socket.IO 5 on bare frames: `0` open, `40` connect, `42` event, `43` answer, `2` and `3` heartbeat. With recovery, events
// carry an offset as a last argument; session and offset are what a client comes back with.

import type { ClientLine, ClientProtocol, ClientSession, ClientSpec } from '../../clients/client-protocol.ts';

const EVENT_HEAD = '42["m","';
const [ENGINE_OPEN, ENGINE_PING, ENGINE_MESSAGE] = ['0', '2', '4'].map((digit) => digit.charCodeAt(0));
const [CONNECT, EVENT, ANSWER] = ['0', '2', '3'].map((digit) => digit.charCodeAt(0));
/** Number of the join among the requests that are answered; publishes are numbered from 1. */
const JOIN_ID = 0;

interface Cursor {
  readonly pid: string;
  readonly offset: string;
}

export const SOCKET_IO_PROTOCOL: ClientProtocol = {
  acks: 'on-request',
  upgrade: () => ({ path: '/socket.io/?EIO=4&transport=websocket' }),
  session: (spec, line) => new SocketIoSession(spec, line),
};

class SocketIoSession implements ClientSession {
  readonly #spec: ClientSpec;
  readonly #line: ClientLine;
  #pid = '';
  #newest: Buffer | null = null;

  constructor(spec: ClientSpec, line: ClientLine) {
    this.#spec = spec;
    this.#line = line;
  }

  /** The server speaks first. */
  opened(): void {}

  received(frame: Buffer): void {
    if (frame[0] === ENGINE_MESSAGE) this.#message(frame);
    else if (frame[0] === ENGINE_PING) this.#line.sendText('3');
    else if (frame[0] === ENGINE_OPEN) this.#connect();
    else this.#line.fault(frame.toString());
  }

  publish(payload: string, n: number): void {
    const id = this.#spec.isAcknowledged ? n + 1 : '';
    this.#line.sendText(`42${id}["m","${this.#spec.room}","${payload}"]`);
  }

  cursor(): Cursor | undefined {
    const offset = /,"([^"]+)"\]$/.exec(this.#newest?.toString() ?? '')?.[1];
    return this.#pid === '' || offset === undefined ? undefined : { pid: this.#pid, offset };
  }

  #connect(): void {
    const { resume } = this.#spec;
    this.#line.sendText(resume === undefined ? '40' : `40${JSON.stringify(resume)}`);
  }

  #message(frame: Buffer): void {
    if (frame[1] === EVENT) {
      this.#line.deliver(frame, EVENT_HEAD.length);
      if (this.#spec.isResumable) this.#newest = Buffer.from(frame);
    } else if (frame[1] === ANSWER) this.#answered(frame);
    else if (frame[1] === CONNECT) this.#connected(frame.toString());
    else this.#line.fault(frame.toString());
  }

  #answered(frame: Buffer): void {
    if (frame.toString('latin1', 2, frame.indexOf('[')) === String(JOIN_ID)) this.#line.ready();
    else this.#line.acked(1);
  }

  #connected(text: string): void {
    const { pid = '' } = JSON.parse(text.slice(2)) as { pid?: string };
    this.#pid = pid;
    const { role, room, resume } = this.#spec;
    const isRecovered = pid !== '' && (resume as Cursor | undefined)?.pid === pid;
    if (resume !== undefined) this.#line.resumed(isRecovered);
    // A session that was recovered has its rooms; any other joins again, as the documents ask for.
    if (role === 'publisher' || isRecovered) this.#line.ready();
    else this.#line.sendText(`42${JOIN_ID}["join","${room}"]`);
  }
}
