/** Frame → text. The server writes messages from stored bytes instead (see its room); everything else goes through here. */
import type { ClientFrame } from './client-frames.ts';
import type { AckFrame, ServerFrame } from './server-frames.ts';

export const encodeFrame = (frame: ClientFrame | ServerFrame): string => JSON.stringify(frame);

/** The same of an ack, the answer that is sent all the time: no name in it holds a character that JSON escapes. */
export const encodeAck = ({ room, messageId, id, duplicate }: AckFrame): string =>
  `{"type":"ack","room":"${room}","messageId":"${messageId}","id":"${id}","duplicate":${duplicate}}`;

/** Bytes of a text as UTF-8, without making the bytes. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A surrogate pair is four bytes in two units; a lone surrogate becomes U+FFFD, three bytes.
    const isPair = unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    bytes += unit < 0x800 ? 1 : 2;
    if (isPair) i++;
  }
  return bytes;
}
