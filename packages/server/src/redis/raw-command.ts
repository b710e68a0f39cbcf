/**
 * beside Hop 5/8 – a command that is ready to be sent. The client would take each argument in hand several times (copy
 * the list, look for numbers and bytes, measure, join); here the caller hands over the text as it goes over the
 * wire, of which most is the same from call to call. All else is the client's: the order of replies, deadlines, errors.
 */
import { Command } from 'ioredis';

export class RawCommand extends Command {
  readonly #text: string;

  /** `args` are the arguments behind the name, `count` of them, each as `bulk` gives it. The reply comes in bytes. */
  constructor(name: string, count: number, args: string) {
    super(name);
    this.#text = `*${count + 1}\r\n${bulk(name)}${args}`;
  }

  override toWritable(): string {
    return this.#text;
  }
}

/** One argument of a command in the protocol of Redis. */
export function bulk(value: string | number): string {
  const text = typeof value === 'string' ? value : String(value);
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
