/** A peer that is no SDK of ours: it says what it likes, or nothing at all. Its rooms and message IDs are its own. */
import type { SeededRandom } from '@holdline/testkit';
import type { Network } from './network.ts';
import { PageSocket } from './page-socket.ts';
import { createOwner, type Owner } from './virtual-time.ts';

const ROOM = 'strangers';

const hello = (user: string): string => JSON.stringify({ type: 'hello', client: 'stranger', user });
const publish = (n: number, more: object = {}): string =>
  JSON.stringify({ type: 'publish', room: ROOM, event: 'text', messageId: `x${n}`, data: n, ...more });

/** What cannot be read at all, and what can and breaks a rule. */
const UNREADABLE = ['', '{', 'null', '[]', '{"type":"nothing"}', '{"type":7}', '{"type":"publish"}'] as const;
const REFUSED = [
  JSON.stringify({ type: 'join', room: 'no room name' }),
  JSON.stringify({ type: 'join', room: ROOM, since: '-' }),
  publish(1, { messageId: 'not an ID' }),
  publish(1, { event: 'no event' }),
] as const;
const HARMLESS = [
  JSON.stringify({ type: 'ping' }),
  JSON.stringify({ type: 'pong' }),
  JSON.stringify({ type: 'join', room: ROOM, since: 'start', ref: 1 }),
  JSON.stringify({ type: 'leave', room: ROOM }),
  JSON.stringify({ type: 'signal', room: ROOM, event: 'text', data: 1 }),
  JSON.stringify({ type: 'auth', token: 'none' }),
  JSON.stringify({ type: 'withdraw', room: ROOM, messageId: 'x1' }),
] as const;

export const MANNERS = [
  'silent',
  'unreadable first',
  'refused first',
  'frame first',
  'twice',
  'mixed',
  'flood',
] as const;
export type Manner = (typeof MANNERS)[number];

export class Stranger {
  readonly owner: Owner = createOwner('stranger');
  readonly #socket = new PageSocket();
  readonly #random: SeededRandom;

  constructor(network: Network, host: string, manner: Manner) {
    this.#random = network.random;
    const speak = (): void => {
      for (const frame of this.#script(manner)) this.#socket.send(frame);
      if (manner === 'mixed') this.#socket.link?.upBinary(Buffer.from([1, 2, 3]));
    };
    this.#socket.onopen = speak;
    network.dial(`ws://${host}`, this.owner, this.#socket);
  }

  /** More of the same, on a connection that is still there. */
  saySomething(): void {
    this.#socket.sendIfOpen(this.#random.pick([...UNREADABLE, ...REFUSED, ...HARMLESS, hello('mallory')]));
  }

  #script(manner: Manner): string[] {
    const random = this.#random;
    switch (manner) {
      case 'silent':
        return [];
      case 'unreadable first':
        return [random.pick(UNREADABLE)];
      case 'refused first':
        return [random.pick(REFUSED)];
      case 'frame first':
        return [random.pick(HARMLESS)];
      case 'twice':
        return [hello('mallory'), hello('mallory')];
      case 'mixed':
        return [
          hello('mallory'),
          ...Array.from({ length: 6 }, () => random.pick([...UNREADABLE.slice(0, 1), ...REFUSED, ...HARMLESS])),
        ];
      case 'flood':
        return [hello('mallory'), ...Array.from({ length: 60 }, (_, n) => publish(n))];
    }
  }
}
