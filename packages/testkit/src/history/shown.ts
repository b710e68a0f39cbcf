// What a counter-example about a message shows: its publish, its acknowledgement, a delivery.

import type { ChainNode } from './chain.ts';
import type { CheckContext } from './check-context.ts';
import type { HistoryEvent } from './history-event.ts';
import { ackEvent, eventAt, invokedEvent, type MessageRecord, type RoomRecord } from './history-model.ts';

export const shownBy = (message: MessageRecord): HistoryEvent[] => [
  ...(message.invoked === null ? [] : [invokedEvent(message, message.invoked)]),
  ...(message.ack === null ? [] : [ackEvent(message, message.ack)]),
];

/** Any delivery of one of these entries. Only for counter-examples: it looks through everything. */
export function deliveryOf(room: RoomRecord, context: CheckContext, nodes: readonly ChainNode[]): HistoryEvent | null {
  for (const session of context.model.sessions.values()) {
    const track = session.tracks.get(room);
    const index = track?.nodes.findIndex((node) => node !== null && nodes.includes(node)) ?? -1;
    if (track !== undefined && index >= 0) return eventAt(track, index);
  }
  return null;
}
