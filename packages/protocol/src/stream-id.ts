/**
 * Stream IDs: `<ms>-<n>`, the Redis form, where `n` counts the messages of the room from 1 and `ms`
 * is the time of the entry. Compared as two numbers, never as text: `1-10` comes after `1-9`.
 */
import type { Cursor } from './cursor.ts';

declare const brand: unique symbol;
export type StreamId = string & { readonly [brand]: 'StreamId' };

/** Canonical digits only: two IDs are the same if and only if their texts are. 15 digits stay exact as a number. */
const STREAM_ID = /^(0|[1-9]\d{0,14})-(0|[1-9]\d{0,14})$/;

/** The ID before every entry: the position of a room that has never held a message. */
export const ZERO_ID = '0-0' as StreamId;

export const isStreamId = (value: unknown): value is StreamId => typeof value === 'string' && STREAM_ID.test(value);

/** Milliseconds since 1970 at which the entry was stored, by the clock of Redis. */
export const timeOf = (id: StreamId | Cursor): number => +id.slice(0, id.indexOf('-'));

/** How many entries the room had held when this one was stored, itself included. A cursor begins with its ID; the rest is no number. */
export const countOf = (id: StreamId | Cursor): number => parseInt(id.slice(id.indexOf('-') + 1), 10);

export const formatStreamId = (ms: number, n: number): StreamId => `${ms}-${n}` as StreamId;

/** Negative, zero or positive, as `a` is before, equal to or after `b`. Of a cursor the ID alone counts: after a rollback two may share it. */
export const compareStreamIds = (a: StreamId | Cursor, b: StreamId | Cursor): number =>
  timeOf(a) - timeOf(b) || countOf(a) - countOf(b);
