/**
 * The decoders of frames. What must hold: they never throw; what they accept fits its shape and survives a round trip;
 * what they refuse has a code of the table, names a field and nothing that the sender wrote, and a subject that is well-formed (G7.6).
 */
import {
  CHECKS,
  CLIENT_FRAME_SHAPES,
  decodeClientFrame,
  decodeJoin,
  decodeServerFrame,
  encodeFrame,
  ERROR_CODES,
  isMessageId,
  isRoomId,
  SERVER_FRAME_SHAPES,
  type CheckName,
  type ClientFrame,
  type Decoded,
  type ServerFrame,
  type Undecodable,
} from '@holdline/protocol';
import type { SeededRandom } from '@holdline/testkit';
import { goldenFrames } from './golden.ts';
import { FrameMutator } from './mutator.ts';
import { broken, type Target, type Violation } from './target.ts';

type Frame = ClientFrame | ServerFrame;
type Shapes = Readonly<Record<string, Readonly<Record<string, string>>>>;
type Decode = (text: string) => Decoded<Frame>;

/** `client`: what servers read; `server`: what clients read. Another decoder may be given to see that it is caught. */
export function frameTarget(
  side: 'client' | 'server',
  random: SeededRandom,
  decode: Decode = side === 'client' ? decodeClientFrame : decodeServerFrame,
): Target<string> {
  const mutator = new FrameMutator(random, goldenFrames(side));
  const shapes: Shapes = side === 'client' ? CLIENT_FRAME_SHAPES : SERVER_FRAME_SHAPES;
  return {
    name: `${side} frames`,
    next: () => mutator.next(),
    check(text) {
      const decoded = decode(text);
      if (!decoded.ok) return faultOfRefusal(decoded, shapes) ?? labelOf(decoded);
      return faultOfFrame(decoded.frame, shapes, decode) ?? decoded.frame.type;
    },
  };
}

const labelOf = ({ code, message }: Undecodable): string => (message === 'not JSON' ? message : code);

/** Names of fields and fixed sentences only. */
const MESSAGE = /^[a-zA-Z0-9. ]{1,60}$/;

function faultOfRefusal(refusal: Undecodable, shapes: Shapes): Violation | null {
  const { code, message, subject } = refusal;
  if (!Object.hasOwn(ERROR_CODES, code)) return broken(`the code ${String(code)} is in no table`);
  if (typeof message !== 'string' || !MESSAGE.test(message)) return broken('the message of a refusal is not ours');
  if (subject.room !== undefined && !isRoomId(subject.room)) return broken('a refusal names a malformed room');
  if (subject.messageId !== undefined && !isMessageId(subject.messageId)) {
    return broken('a refusal names a malformed message ID');
  }
  if (subject.ref !== undefined && !CHECKS.ref(subject.ref)) return broken('a refusal names a malformed ref');
  if (subject.request !== undefined && !Object.hasOwn(shapes, subject.request)) {
    return broken('a refusal names a request that is none');
  }
  return null;
}

function faultOfFrame(frame: Frame, shapes: Shapes, decode: Decode): Violation | null {
  const inner = frame.type === 'batch' ? frame.frames : [];
  for (const each of [frame, ...inner]) {
    const fault = faultOfShape(each, shapes);
    if (fault !== null) return fault;
  }
  if (frame.type === 'publish' && (frame.data === undefined) === (frame.base64 === undefined)) {
    return broken('a publish with no payload or two');
  }
  return faultOfJoins(frame) ?? faultOfRoundTrip(frame, decode);
}

function faultOfShape(frame: Frame, shapes: Shapes): Violation | null {
  if (typeof frame !== 'object' || frame === null || !Object.hasOwn(shapes, frame.type)) {
    return broken('accepted something that is no frame');
  }
  const shape = shapes[frame.type] as Record<string, string>;
  for (const field in shape) {
    const rule = shape[field] as string;
    const value = Object.hasOwn(frame, field) ? (frame as unknown as Record<string, unknown>)[field] : undefined;
    if (value === undefined && rule.endsWith('?')) continue;
    if (!CHECKS[rule.replace('?', '') as CheckName](value)) return broken(`accepted a bad ${frame.type}.${field}`);
  }
  return null;
}

/** Joins travel unread inside a hello. */
function faultOfJoins(frame: Frame): Violation | null {
  if (frame.type !== 'hello') return null;
  for (const join of frame.joins ?? []) {
    const decoded = decodeJoin(join);
    const fault = decoded.ok
      ? faultOfShape({ ...decoded.frame, type: 'join' }, CLIENT_FRAME_SHAPES)
      : faultOfRefusal(decoded, CLIENT_FRAME_SHAPES);
    if (fault !== null) return fault;
  }
  return null;
}

function faultOfRoundTrip(frame: Frame, decode: Decode): Violation | null {
  let text: string;
  try {
    text = encodeFrame(frame);
  } catch (error) {
    // JSON.stringify has a floor of its own; a payload that deep is refused before anybody prints it.
    if (error instanceof RangeError) return null;
    throw error;
  }
  const again = decode(text);
  if (!again.ok) return broken(`refuses what it printed itself: ${again.message}`);
  return encodeFrame(again.frame) === text ? null : broken('the second reading differs from the first');
}
