// The outcome of a run as a Markdown document. Pure.

import type { Outcome, Plan } from './publish-and-cut.ts';
import type { Rival } from './rival.ts';

const ROUTES: Record<Plan['route'], string> = { same: 'same server', other: 'other server' };

export function toTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(
    ({ rival, route, accepted, cuts, claims, lost, doubled, reordered, opposite }) =>
      `| ${rival} | ${ROUTES[route]} | ${accepted} | ${cuts} | ${claims} of ${cuts} | ${lost} | ${doubled} | ${reordered} | ${opposite} |`,
  );
  return [
    '| system | comes back to | accepted | cuts | "missed nothing" | lost | doubled | reordered | opposite neighbours |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

export function toDocument(
  outcomes: readonly Outcome[],
  rivals: readonly Rival[],
  plan: Plan,
  command: string,
): string {
  return [
    '# The same cuts for others',
    '',
    'Two servers on one Redis, two publishers that stay connected, one at each, and a subscriber whose connection is reset again',
    `and again, 80 to 200 ms after each return. ${plan.messages} messages, one every ${plan.everyMs} ms, up to ${plan.cuts} cuts. Made with`,
    `\`${command}\` on Node ${process.version.slice(1)}; the moments of the cuts come from the seed, the rest is the machine's.`,
    '',
    toTable(outcomes),
    '',
    '- **"missed nothing"**: how often the client said so after a cut. Holdline: live again without a gap. Socket.IO: `recovered`.',
    '  ws and Pub/Sub: it has no way to know.',
    '- **lost**: accepted by the system and never delivered. **doubled**: deliveries beyond the first. **reordered**: behind a later message of',
    '  the same publisher.',
    '- **opposite neighbours**: pairs that a second reader at one server saw in one order and a third at the other server in the other; these two',
    '  are never cut.',
    '- "accepted" means stored in Redis for Holdline; that the handler ran for Socket.IO; that Redis took the PUBLISH for ws.',
    '',
    'How each is set up:',
    '',
    ...rivals.map(({ name, setUp }) => `- ${name}: ${setUp}.`),
    '',
    'A client that is told "recovered" can have missed messages all the same, and has no way to find out. Fewer cuts than were planned mean that',
    'the messages were over first: on a busy machine a return takes longer.',
    '',
  ].join('\n');
}
