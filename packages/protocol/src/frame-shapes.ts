/**
 * The frames as data: field → name of its check. Decoding and the fingerprint both read this, so the
 * wire cannot change in one place only. A trailing `?` marks an optional field.
 */
import type { ClientFrame } from './client-frames.ts';
import type { CheckName } from './checks.ts';
import type { ServerFrame } from './server-frames.ts';

type Optional<F, K extends keyof F> = {} extends Pick<F, K> ? `${CheckName}?` : CheckName;
type ShapeOf<F> = { readonly [K in Exclude<keyof F, 'type'>]-?: Optional<F, K> };
type Shapes<Frame extends { type: string }> = {
  readonly [T in Frame['type']]: ShapeOf<Extract<Frame, { type: T }>>;
};

export const CLIENT_FRAME_SHAPES = {
  hello: { client: 'id', token: 'token?', user: 'user?', joins: 'joins?' },
  auth: { token: 'token' },
  join: { room: 'room', since: 'since?', recent: 'recent?', ref: 'ref?' },
  leave: { room: 'room' },
  publish: {
    room: 'room',
    messageId: 'messageId',
    event: 'event',
    data: 'json?',
    base64: 'base64?',
    retry: 'flag?',
    firstSentAt: 'time?',
  },
  withdraw: { room: 'room', messageId: 'messageId' },
  signal: { room: 'room', event: 'event', data: 'json' },
  ping: {},
  pong: {},
} as const satisfies Shapes<ClientFrame>;

export const SERVER_FRAME_SHAPES = {
  welcome: {
    connection: 'id',
    instance: 'id',
    user: 'userOrNull',
    expiresAt: 'timeOrNull?',
    time: 'time',
    limits: 'limits',
    heartbeatMs: 'count',
  },
  authenticated: { user: 'userOrNull', expiresAt: 'timeOrNull' },
  joined: { room: 'room', ref: 'ref?', position: 'cursor', cursor: 'cursor' },
  live: { room: 'room' },
  left: { room: 'room', code: 'code?' },
  message: {
    room: 'room',
    id: 'streamId',
    event: 'event',
    messageId: 'messageId',
    sender: 'userOrNull',
    data: 'json?',
    base64: 'base64?',
  },
  ack: { room: 'room', messageId: 'messageId', id: 'streamId', duplicate: 'flag' },
  nack: { room: 'room', messageId: 'messageId', code: 'code', retry: 'verdict', message: 'text?' },
  signal: { room: 'room', event: 'event', sender: 'userOrNull', data: 'json' },
  gap: {
    room: 'room',
    from: 'streamId',
    to: 'streamIdOrNull',
    missed: 'countOrNull',
    reason: 'gapReason',
    next: 'cursor',
  },
  skip: { room: 'room', cursor: 'cursor' },
  error: {
    code: 'code',
    retry: 'verdict',
    request: 'code?',
    room: 'room?',
    ref: 'ref?',
    message: 'text?',
  },
  notice: { notice: 'notice', moveInMs: 'count?' },
  batch: { frames: 'frames' },
  ping: {},
  pong: {},
} as const satisfies Shapes<ServerFrame>;
