// CPU time by the operating system's accounting: utime + stime of processes, their living children, and the children that they
// have waited for, from /proc/PID/stat. Linux only. The kernel keeps these by scheduling, not by sampling; they are read in ticks of 10 ms.

import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;
const US_PER_TICK = 1e6 / TICKS_PER_SECOND;

export interface ProcessStat {
  readonly parent: number;
  /** Of the process itself. */
  readonly ownTicks: number;
  /** Of children that ended and were waited for. */
  readonly endedTicks: number;
}

/** `pid (name) state ppid …`: the name may hold anything, blanks and brackets included. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (index: number): number => Number(fields[index]);
  return { parent: at(1), ownTicks: at(11) + at(12), endedTicks: at(13) + at(14) };
}

export type ProcessStats = ReadonlyMap<number, ProcessStat>;

/** What CPU these processes and their families have used, in microseconds; processes that are gone count 0. */
export function cpuUsIn(stats: ProcessStats, pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of familyOf(pids, stats)) {
    const stat = stats.get(pid)!;
    ticks += stat.ownTicks + stat.endedTicks;
  }
  return ticks * US_PER_TICK;
}

/** The CPU of all other processes of the machine, each by its number, in microseconds. */
export function foreignIn(stats: ProcessStats, pids: readonly number[]): ReadonlyMap<number, number> {
  const ours = familyOf(pids, stats);
  const others = [...stats].filter(([pid]) => !ours.has(pid));
  return new Map(others.map(([pid, { ownTicks }]) => [pid, ownTicks * US_PER_TICK]));
}

/** The given processes that are there, and all their descendants. */
export function familyOf(pids: readonly number[], stats: ProcessStats): Set<number> {
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of stats) {
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [pid]);
    else siblings.push(pid);
  }
  const family = new Set<number>();
  const open = pids.filter((pid) => stats.has(pid));
  while (open.length > 0) {
    const pid = open.pop()!;
    if (family.has(pid)) continue;
    family.add(pid);
    open.push(...(children.get(pid) ?? []));
  }
  return family;
}

export function readStats(): Map<number, ProcessStat> {
  const stats = new Map<number, ProcessStat>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      stats.set(Number(name), parseStat(readFileSync(`/proc/${name}/stat`, 'utf8')));
    } catch {
      // Ended between the listing and the reading.
    }
  }
  return stats;
}

/** Resident memory of the families, in bytes. */
export function rssBytesOf(pids: readonly number[]): number {
  let kilobytes = 0;
  for (const pid of familyOf(pids, readStats())) {
    try {
      kilobytes += Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      // Ended between the listing and the reading.
    }
  }
  return kilobytes * 1024;
}
