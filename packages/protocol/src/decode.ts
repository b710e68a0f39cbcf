/**
 * Text → frame, without ever throwing: a result says what was wrong and, as far as that could be
 * read, which request it was about, so that the refusal can name it. Unknown fields are ignored.
 */
import { CHECK_CODES, CHECKS, type CheckName } from './checks.ts';
import type { ClientFrame, JoinRequest } from './client-frames.ts';
import { isPlainPublish } from './decode-publish.ts';
import type { ErrorCode } from './error-codes.ts';
import { CLIENT_FRAME_SHAPES } from './frame-shapes.ts';
import { isMessageId, isRoomId, type MessageId, type RoomId } from './ids.ts';

/** What a refused frame was about, as far as its fields were well-formed. */
export interface FrameSubject {
  readonly request?: string;
  readonly room?: RoomId;
  readonly messageId?: MessageId;
  readonly ref?: number;
}

export interface Undecodable {
  readonly ok: false;
  readonly code: ErrorCode;
  /** Names the field; holds nothing that the sender wrote. */
  readonly message: string;
  readonly subject: FrameSubject;
}

export type Decoded<Frame> = { readonly ok: true; readonly frame: Frame } | Undecodable;

type Fields = Record<string, unknown>;
type Shape = Readonly<Record<string, string>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function subjectOf(fields: Fields, request?: string): FrameSubject {
  return {
    ...(request !== undefined && { request }),
    ...(isRoomId(fields['room']) && { room: fields['room'] }),
    ...(isMessageId(fields['messageId']) && { messageId: fields['messageId'] }),
    ...(CHECKS.ref(fields['ref']) && { ref: fields['ref'] as number }),
  };
}

const refuse = (code: ErrorCode, message: string, subject: FrameSubject = {}): Undecodable => ({
  ok: false,
  code,
  message,
  subject,
});

/** The first field that breaks its check, or null. */
function faultOf(fields: Fields, shape: Shape): { field: string; code: ErrorCode } | null {
  for (const field in shape) {
    const rule = shape[field] as string;
    const isOptional = rule.endsWith('?');
    const check = (isOptional ? rule.slice(0, -1) : rule) as CheckName;
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (value === undefined && isOptional) continue;
    if (CHECKS[check](value)) continue;
    const isTextSince = check === 'since' && typeof value === 'string';
    return { field, code: isTextSince ? 'bad_cursor' : (CHECK_CODES[check] ?? 'bad_frame') };
  }
  return null;
}

function decodeFields<Frame>(value: unknown, shapes: Readonly<Record<string, Shape>>): Decoded<Frame> {
  if (!isFields(value)) return refuse('bad_frame', 'a frame is a JSON object');
  const type = Object.hasOwn(value, 'type') ? value['type'] : undefined;
  if (typeof type !== 'string') return refuse('bad_frame', 'type is missing', subjectOf(value));
  const shape = Object.hasOwn(shapes, type) ? shapes[type] : undefined;
  if (shape === undefined) return refuse('unknown_frame', 'unknown type', subjectOf(value));
  const fault = faultOf(value, shape);
  if (fault !== null) return refuse(fault.code, `${type}.${fault.field}`, subjectOf(value, type));
  return { ok: true, frame: value as Frame };
}

/** Decodes what a client sent. The joins of a hello are left to `decodeJoin`. */
export function decodeClientFrame(text: string): Decoded<ClientFrame> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('bad_frame', 'not JSON');
  }
  return isPlainPublish(value) ? { ok: true, frame: value } : decodeClientValue(value);
}

/** By the table, whatever it is. */
export function decodeClientValue(value: unknown): Decoded<ClientFrame> {
  const decoded = decodeFields<ClientFrame>(value, CLIENT_FRAME_SHAPES);
  if (!decoded.ok || decoded.frame.type !== 'publish') return decoded;
  const { data, base64 } = decoded.frame;
  if ((data === undefined) === (base64 === undefined)) {
    return refuse('bad_data', 'publish needs either data or base64', subjectOf(decoded.frame as never, 'publish'));
  }
  return decoded;
}

/** Decodes one entry of hello.joins. */
export function decodeJoin(value: unknown): Decoded<JoinRequest> {
  if (!isFields(value)) return refuse('bad_frame', 'a join is a JSON object', { request: 'join' });
  const fault = faultOf(value, CLIENT_FRAME_SHAPES.join);
  if (fault !== null) return refuse(fault.code, `join.${fault.field}`, subjectOf(value, 'join'));
  return { ok: true, frame: value as unknown as JoinRequest };
}
