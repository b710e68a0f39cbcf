/**
 * Text → frame for clients, without ever throwing. Apart from its counterpart for servers, which has to
 * say more about what it refuses: a client only reports that a frame made no sense.
 */
import type { Decoded } from './decode.ts';
import { SERVER_FRAME_SHAPES } from './frame-shapes.ts';
import { isObject, SERVER_CHECKS } from './server-checks.ts';
import type { ServerFrame } from './server-frames.ts';

type Shape = Readonly<Record<string, string>>;

const SHAPES: Readonly<Record<string, Shape>> = SERVER_FRAME_SHAPES;

function decodeValue(value: unknown): Decoded<ServerFrame> {
  const subject = {};
  const fields: Record<string, unknown> = isObject(value) ? value : subject;
  const { type } = fields;
  if (typeof type !== 'string' || !Object.hasOwn(SHAPES, type))
    return { ok: false, code: 'unknown_frame', message: 'type', subject };
  for (const [field, rule] of Object.entries(SHAPES[type] as Shape)) {
    const check = SERVER_CHECKS[rule.replace('?', '') as keyof typeof SERVER_CHECKS];
    const given = fields[field];
    const isAbsent = given === undefined && rule.endsWith('?');
    if (!isAbsent && !check(given)) return { ok: false, code: 'bad_frame', message: `${type}.${field}`, subject };
  }
  return { ok: true, frame: value as ServerFrame };
}

/** Decodes what a server sent, the frames inside a batch included; one bad frame refuses its batch. */
export function decodeServerFrame(text: string): Decoded<ServerFrame> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, code: 'bad_frame', message: 'not JSON', subject: {} };
  }
  const decoded = decodeValue(value);
  if (!decoded.ok || decoded.frame.type !== 'batch') return decoded;
  for (const inner of decoded.frame.frames) {
    const result = decodeValue(inner);
    if (!result.ok) return result;
    if (result.frame.type === 'batch') return { ok: false, code: 'bad_frame', message: 'batch', subject: {} };
  }
  return decoded;
}
