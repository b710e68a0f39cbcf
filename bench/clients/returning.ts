// All members come back at once: how long until each is connected, and until each has what it missed.

import type { Returned } from './load-calls.ts';
import type { LoadClient } from './load-client.ts';
import { nowUs } from './payload.ts';

/** Sockets that are being opened at a time: more would overflow the listening queue, and the kernel's retries be measured. */
const OPENING_AT_ONCE = 256;
/** Nothing new for so many looks: what has not come does not come. */
const QUIET_POLLS = 40;
const DEADLINE_MS = 120_000;
const POLL_MS = 100;

export async function returnAll(members: readonly LoadClient[], published: readonly number[]): Promise<Returned> {
  const startUs = nowUs();
  const sinceStart = (): number => (nowUs() - startUs) / 1000;
  const behind = new Set(members);
  let [connectedMs, caughtUpMs, deliveries] = [0, 0, 0];
  const note = (member: LoadClient): void => {
    deliveries += 1;
    if (member.tally.next >= (published[member.plan.room] ?? 0) && behind.delete(member)) caughtUpMs = sinceStart();
  };
  for (const member of members) member.onDelivered = () => note(member);

  const connecting: Promise<void>[] = [];
  const waiting = members.values();
  const openers = Array.from({ length: Math.min(OPENING_AT_ONCE, members.length) }, async () => {
    for (const member of waiting) {
      await new Promise<void>((opened) => {
        const ready = member.connect(opened).then(
          () => {
            connectedMs = Math.max(connectedMs, sinceStart());
            note(member);
          },
          // Told as a fault already; it stays behind.
          () => opened(),
        );
        connecting.push(ready);
      });
    }
  });
  await Promise.all(openers);
  await Promise.all(connecting);
  let quietPolls = 0;
  for (let seen = deliveries; behind.size > 0 && sinceStart() < DEADLINE_MS && quietPolls < QUIET_POLLS;) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    quietPolls = deliveries === seen ? quietPolls + 1 : 0;
    seen = deliveries;
  }
  for (const member of members) member.onDelivered = null;
  return { connectedMs, caughtUpMs, caughtUp: members.length - behind.size };
}
