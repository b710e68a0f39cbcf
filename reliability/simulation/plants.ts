/** Faults of a server, played by the network between it and the page, to see that they do not go unnoticed. */
import type { World } from './world.ts';

/**
 * `lost message`: one message is left out; the SDK has to notice and ask again, so that nothing is missing in the end.
 * `silent skip`: one message is left out and the cursor moved past it, which nobody but the invariants can notice.
 * `false ack`: a publish that was refused is acknowledged.
 * `doubled message`: one message comes again as the next one.
 */
export const PLANTS = ['lost message', 'silent skip', 'false ack', 'doubled message'] as const;
export type Plant = (typeof PLANTS)[number];

/** Which message of a connection it is. */
const WHICH = 3;

export function plant(world: World, kind: Plant): void {
  const counts = new Map<number, number>();
  world.network.tamper = (link, text) => {
    if (kind === 'false ack') return falseAck(text);
    if (!text.startsWith('{"type":"message"')) return text;
    counts.set(link, (counts.get(link) ?? 0) + 1);
    if (counts.get(link) !== WHICH) return text;
    return kind === 'lost message' ? null : kind === 'silent skip' ? skipOf(text) : doubled(text);
  };
}

function falseAck(text: string): string {
  if (!text.startsWith('{"type":"nack"')) return text;
  const { room, messageId } = JSON.parse(text) as { readonly room: string; readonly messageId: string };
  return JSON.stringify({ type: 'ack', room, messageId, id: '1800000000001-99', duplicate: false });
}

function skipOf(text: string): string {
  const { room, id, messageId } = JSON.parse(text) as Readonly<Record<'room' | 'id' | 'messageId', string>>;
  return JSON.stringify({ type: 'skip', room, cursor: `${id}~${messageId}` });
}

function doubled(text: string): string {
  const message = JSON.parse(text) as { readonly id: string };
  const [ms = '', n = ''] = message.id.split('-');
  const frames = [message, { ...message, id: `${ms}-${Number(n) + 1}` }];
  return JSON.stringify({ type: 'batch', frames });
}
