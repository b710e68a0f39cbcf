/** What INFO says of a Redis on which Holdline is to run: what rules it out, and what the operator should know. */

export interface ServerVerdict {
  /** Why this Redis cannot be used, or null. */
  readonly refusal: string | null;
  readonly findings: readonly string[];
}

/** XTRIM MINID came with it. */
const OLDEST_VERSION = [6, 2] as const;

export function judgeServer(info: string): ServerVerdict {
  const field = (name: string): string | null => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? null;
  const version = field('redis_version');
  return {
    refusal: isTooOld(version) ? `Redis ${version} is too old: at least ${OLDEST_VERSION.join('.')} is needed` : null,
    findings: [
      ...evictionFindings(field('maxmemory_policy'), field('maxmemory')),
      ...persistenceFindings(field('aof_enabled'), field('rdb_last_bgsave_status'), field('aof_last_write_status')),
      ...(field('role') === 'slave' ? ['connected to a replica: it takes no publishes'] : []),
    ],
  };
}

function isTooOld(version: string | null): boolean {
  const [major = NaN, minor = NaN] = (version ?? '').split('.').map(Number);
  if (!Number.isFinite(major) || !Number.isFinite(minor)) return false;
  return major < OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor < OLDEST_VERSION[1]);
}

function evictionFindings(policy: string | null, limit: string | null): readonly string[] {
  if (policy === null) return ['the eviction policy of Redis is not known: it must be noeviction'];
  if (policy === 'noeviction') return [];
  const when = limit === '0' ? 'as soon as maxmemory is set' : 'when memory runs short';
  return [`maxmemory-policy is ${policy}: Redis will drop whole rooms ${when}; set it to noeviction`];
}

function persistenceFindings(aof: string | null, save: string | null, write: string | null): readonly string[] {
  return [
    ...(aof === '0' ? ['appendonly is off: acknowledged messages can be lost when Redis restarts'] : []),
    ...(save === 'err' || write === 'err' ? ['Redis cannot write to its disk and may refuse publishes'] : []),
  ];
}
