/**
 * beside Hop 5/8 – what the instances of one Redis must have in common. The deployment record (a hash under the
 * prefix) holds the entry format, the Pub/Sub mode and the key of the seals; the registry (one hash for all
 * prefixes) names who is alive. An instance that would not understand the others refuses to start.
 */
import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { INSTANCES_KEY, type Keys } from './keys.ts';

/** How an instance describes itself in the registry. */
export interface InstanceRecord {
  readonly instance: string;
  /** New for each start, so that two processes of one name tell each other apart. */
  readonly boot: string;
  readonly prefix: string;
  readonly format: string;
  readonly mode: 'pubsub' | 'sharded';
  readonly script: string;
  readonly dedupeMs: number;
  /** Redis time of the last heartbeat, ms. */
  readonly at: number;
}

export interface DeploymentVerdict {
  readonly refusal: string | null;
  readonly findings: readonly string[];
  readonly sealKey: string | null;
}

export const HEARTBEAT_MS = 5000;
const ALIVE_MS = 3 * HEARTBEAT_MS;
const FORGET_MS = 86_400_000;
const MAX_NAMED = 5;

type Description = Omit<InstanceRecord, 'at'>;

export interface DeploymentFacts {
  /** The fields of the deployment record. */
  readonly record: Readonly<Record<string, string>>;
  readonly others: readonly InstanceRecord[];
}

/** Pure. Others are those alive, without the one that asks. */
export function judgeDeployment(mine: Description, { record, others }: DeploymentFacts): DeploymentVerdict {
  const peers = others.filter(({ prefix }) => prefix === mine.prefix);
  const isOther = record['format'] !== mine.format || record['mode'] !== mine.mode;
  if (isOther && peers.length > 0) {
    const theirs = `format ${record['format'] ?? 'none'}, mode ${record['mode'] ?? 'none'}`;
    const refusal = `instances with ${theirs} run under prefix '${mine.prefix}'; this one has format ${mine.format}, mode ${mine.mode}`;
    return { refusal, findings: [], sealKey: null };
  }
  return { refusal: null, findings: findingsOf(mine, others, peers), sealKey: record['key'] ?? null };
}

function findingsOf(
  mine: Description,
  others: readonly InstanceRecord[],
  peers: readonly InstanceRecord[],
): readonly string[] {
  const name = (instances: readonly InstanceRecord[], what: (other: InstanceRecord) => string): string[] =>
    instances.slice(0, MAX_NAMED).map((other) => `instance ${other.instance} ${what(other)}`);
  return [
    ...name(
      others.filter(({ prefix }) => prefix !== mine.prefix),
      ({ prefix }) => `uses this Redis with prefix '${prefix}', not '${mine.prefix}'`,
    ),
    ...name(
      peers.filter(({ format, mode }) => format !== mine.format || mode !== mine.mode),
      ({ format, mode }) => `has format ${format} and mode ${mode}`,
    ),
    ...name(
      peers.filter(({ script }) => script !== mine.script),
      ({ script }) => `runs append script ${script}, not ${mine.script}`,
    ),
    ...name(
      peers.filter(({ dedupeMs }) => dedupeMs !== mine.dedupeMs),
      ({ dedupeMs }) => `has a dedupe window of ${dedupeMs} ms, not ${mine.dedupeMs}`,
    ),
    ...peers
      .filter(({ instance }) => instance === mine.instance)
      .map(() => `another running instance is named ${mine.instance}, too`),
  ];
}

/**
 * Reads both hashes, judges, and registers this instance. Rejects with what the client says when
 * Redis does not answer.
 *
 * @param sealKey - the copy that this instance holds, written back where the record has lost its own
 */
export async function joinDeployment(
  redis: Redis,
  keys: Keys,
  mine: Description,
  sealKey: string | null,
): Promise<DeploymentVerdict> {
  const offered = sealKey ?? randomBytes(12).toString('hex');
  await redis
    .pipeline()
    .hsetnx(keys.deployment, 'key', offered)
    .hsetnx(keys.deployment, 'format', mine.format)
    .hsetnx(keys.deployment, 'mode', mine.mode)
    .exec();
  const [record, registry, time] = await Promise.all([
    redis.hgetall(keys.deployment),
    redis.hgetall(INSTANCES_KEY),
    redis.time(),
  ]);
  const nowMs = Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000);
  const others = readRegistry(registry).filter(({ boot }) => boot !== mine.boot);
  const alive = others.filter(({ at }) => Math.abs(nowMs - at) < ALIVE_MS);
  const verdict = judgeDeployment(mine, { record, others: alive });
  if (verdict.refusal !== null) return verdict;
  const forgotten = Object.keys(registry).filter((boot) =>
    others.every((other) => other.boot !== boot || Math.abs(nowMs - other.at) > FORGET_MS),
  );
  const update = redis.pipeline();
  if (alive.every(({ prefix }) => prefix !== mine.prefix)) {
    // Nobody else is left to be misled: the record becomes what this instance is.
    update.hset(keys.deployment, 'format', mine.format, 'mode', mine.mode);
  }
  if (forgotten.length > 0) update.hdel(INSTANCES_KEY, ...forgotten);
  update.hset(INSTANCES_KEY, mine.boot, JSON.stringify({ ...mine, at: nowMs }));
  await update.exec();
  return verdict;
}

/** An orderly end: the others need not wait for the heartbeat to be missed. */
export const leaveDeployment = (redis: Redis, boot: string): Promise<unknown> => redis.hdel(INSTANCES_KEY, boot);

function readRegistry(registry: Readonly<Record<string, string>>): readonly InstanceRecord[] {
  return Object.values(registry)
    .map(readInstance)
    .filter((record) => record !== null);
}

function readInstance(text: string): InstanceRecord | null {
  try {
    const record = JSON.parse(text) as Partial<InstanceRecord> | null;
    const texts = [record?.instance, record?.boot, record?.prefix, record?.format, record?.mode, record?.script];
    const isRecord = texts.every((value) => typeof value === 'string' && value.length <= 128);
    return isRecord && typeof record?.at === 'number' && typeof record.dedupeMs === 'number'
      ? (record as InstanceRecord)
      : null;
  } catch {
    return null;
  }
}
