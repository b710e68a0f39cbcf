/**
 * Hop 4/8: which publishes of one connection in one room may pass, so that they are stored in the order
 * in which they were sent (G1.2). Pure.
 *
 *          refused as retryable: m
 *   open ──────────────────────────▶ blocked by m
 *     ▲                                  │
 *     └── m is back, withdrawn, settled ─┘
 *
 * A refusal out of the queue also raises the generation: what was admitted before it and still waits
 * is refused when its turn comes, because it was sent after the refused one. A refusal at the door
 * does not: what waits then was sent before.
 */
import type { MessageId } from '@holdline/protocol';

export interface PublishOrder {
  readonly generation: number;
  readonly blockedBy: MessageId | null;
}

export type PublishOrderEvent =
  /** A publish has come in. */
  | { readonly type: 'came'; readonly messageId: MessageId }
  /** It was refused as retryable before it was queued. */
  | { readonly type: 'refused-at-door'; readonly messageId: MessageId }
  /** It was refused as retryable after it had been queued in this generation. */
  | { readonly type: 'refused-in-queue'; readonly messageId: MessageId; readonly generation: number }
  /** It has its final answer: stored, or refused for good. */
  | { readonly type: 'settled'; readonly messageId: MessageId }
  | { readonly type: 'withdrawn'; readonly messageId: MessageId };

export const INITIAL_ORDER: PublishOrder = { generation: 0, blockedBy: null };

export function nextOrder(order: PublishOrder, event: PublishOrderEvent): PublishOrder {
  switch (event.type) {
    case 'came':
    case 'settled':
    case 'withdrawn':
      return order.blockedBy === event.messageId ? { ...order, blockedBy: null } : order;
    case 'refused-at-door':
      return order.blockedBy === null ? { ...order, blockedBy: event.messageId } : order;
    case 'refused-in-queue':
      // Of an older generation: something sent before it was refused already, and that one must be back first.
      if (event.generation !== order.generation) return order;
      return { generation: order.generation + 1, blockedBy: event.messageId };
  }
}

/** Whether a publish that has come in may be queued. Ask after `came`. */
export const isAdmitted = (order: PublishOrder): boolean => order.blockedBy === null;

/** Whether a queued publish may still be stored. */
export const isCurrent = (order: PublishOrder, generation: number): boolean => order.generation === generation;
