import type { WebSocketLike } from '@holdline/client';
import { beforeEach, describe, expect, test } from 'vitest';
import { createLine } from './breakable-socket.ts';

/** A socket whose other end is the test. */
class Wire implements WebSocketLike {
  static all: Wire[] = [];
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly sent: string[] = [];
  isClosed = false;
  readonly url: string;
  readonly protocols: string;

  constructor(url: string, protocols: string) {
    this.url = url;
    this.protocols = protocols;
    Wire.all.push(this);
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.isClosed = true;
  }
}

beforeEach(() => {
  Wire.all = [];
});

function dial() {
  const line = createLine(Wire);
  const heard: unknown[] = [];
  const listen = (socket: WebSocketLike): WebSocketLike => {
    socket.onopen = () => heard.push('open');
    socket.onmessage = (event: { data: string }) => heard.push(event.data);
    socket.onerror = () => heard.push('error');
    socket.onclose = (event: { code: number }) => heard.push(event.code);
    return socket;
  };
  const open = (): WebSocketLike => listen(new line.WebSocket('ws://a/', 'holdline.v1'));
  return { line, heard, open };
}

describe('a line that nobody touches', () => {
  test('passes everything through, both ways', () => {
    const { heard, open } = dial();
    const socket = open();
    const [wire] = Wire.all;
    wire?.onopen?.({} as never);
    wire?.onmessage?.({ data: 'hello' } as never);
    socket.send('hi');
    wire?.onclose?.({ code: 4503 } as never);

    expect(wire).toMatchObject({ url: 'ws://a/', protocols: 'holdline.v1', sent: ['hi'] });
    expect(heard).toEqual(['open', 'hello', 4503]);
  });
});

describe('a cut', () => {
  test('is heard at once, takes the real socket with it, and lets nothing more through', () => {
    const { line, heard, open } = dial();
    const socket = open();
    line.cut();
    const [wire] = Wire.all;
    wire?.onmessage?.({ data: 'late' } as never);
    wire?.onclose?.({ code: 1005 } as never);
    socket.send('lost');

    expect(heard).toEqual(['error', 1006]);
    expect(wire).toMatchObject({ isClosed: true, sent: [] });
  });

  test('leaves a socket alone that was dialled in answer to it', () => {
    const { line, open } = dial();
    const first = open();
    first.onclose = () => void open();
    line.cut();

    expect(Wire.all.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  test('does nothing to a socket that is closed already', () => {
    const { line, heard, open } = dial();
    open();
    Wire.all[0]?.onclose?.({ code: 1000 } as never);
    line.cut();

    expect(heard).toEqual([1000]);
  });
});

describe('a blocked line', () => {
  test('loses what is open and refuses what comes, without dialling', async () => {
    const { line, heard, open } = dial();
    open();
    line.block(true);
    open();
    expect(heard).toEqual(['error', 1006]);
    await Promise.resolve();

    expect(heard).toEqual(['error', 1006, 'error', 1006]);
    expect(Wire.all).toHaveLength(1);
  });

  test('tells of each change once, and works again when it is opened', () => {
    const { line, open } = dial();
    let changes = 0;
    const off = line.onChange(() => (changes += 1));
    line.block(true);
    line.block(true);
    line.block(false);
    off();
    line.block(true);
    line.block(false);
    open();

    expect(changes).toBe(2);
    expect(Wire.all).toHaveLength(1);
  });
});
