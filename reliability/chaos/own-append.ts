// The run's own hand on a room: one message appended by the script of the servers, with a clock of its own, or announced
// where nobody listens. So the clock of Redis can be ahead for one append, and an announcement can be lost, without any hook
// in the servers that are tested.

import { readFileSync } from 'node:fs';
import { digestOf } from './actors/member.ts';
import { RETENTION_AGE_MS, retentionOf } from './retention.ts';
import { keysOf } from './streams.ts';
import type { World } from './world.ts';

const SCRIPT = readFileSync(new URL('../../packages/server/lua/append.lua', import.meta.url), 'utf8');
const SESSION = 'run';
const WINDOW_MS = 7_200_000;
const POSITION_MS = 30 * 86_400_000;
const MAX_RECORDS = 100_000;

export interface OwnAppend {
  readonly room: string;
  /** Added to the clock of Redis. @defaultValue 0 */
  readonly aheadMs?: number;
  /** @defaultValue true */
  readonly isAnnounced?: boolean;
}

let count = 0;

/** @returns the stream ID */
export async function appendOwn(world: World, { room, aheadMs = 0, isAnnounced = true }: OwnAppend): Promise<string> {
  const { admin } = world.redis;
  const { stream, position, dedupe, channel } = keysOf(room);
  count += 1;
  const messageId = `${SESSION}-${count}`;
  const data = { k: count };
  const [seconds] = await admin.time();
  const sealKey = (await admin.hget('hl:deployment', 'key')) ?? '';
  world.timeLine.record({
    kind: 'publish-invoked',
    session: SESSION,
    room,
    producer: SESSION,
    messageId,
    digest: digestOf('text', data),
  });
  const settings = [sealKey, retentionOf(room), RETENTION_AGE_MS, WINDOW_MS, 1.125 * WINDOW_MS, POSITION_MS];
  const now = aheadMs === 0 ? '' : Number(seconds) * 1000 + aheadMs;
  const message = [
    `1 j ${messageId} `,
    ' text -',
    JSON.stringify(data),
    messageId,
    `${messageId}:-`,
    `own-${count}`,
    '',
  ];
  const heard = isAnnounced ? channel : `${channel}:nobody`;
  const keys = [stream, position, ...dedupe, heard];
  const reply = (await admin.eval(SCRIPT, 5, ...keys, ...settings, MAX_RECORDS, now, ...message)) as string[];
  const id = reply[0]?.split(' ')[1] ?? '';
  world.timeLine.record({ kind: 'publish-stored', session: SESSION, room, messageId, id, duplicate: false });
  return id;
}
