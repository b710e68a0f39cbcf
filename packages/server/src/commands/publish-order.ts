/**
 * Hop 4/8: which publishes of one connection in one room may pass, so that they are stored in the order in which
 * they were sent (G1.2). No I/O, no time.
 *
 *             admitted                     answered
 *   came ───────────────▶ waiting, sent ────────────▶ forgotten
 *    ▲  │                       │
 *    │  │ something before it   │ refused as retryable; with it everything
 *    │  │ is refused            │ behind it that still waits
 *    │  ▼                       ▼
 *    └──────────────── refused ──── withdrawn, settled ──▶ forgotten
 *
 * A message keeps the place of its first coming. It passes only while nothing with a lower place is
 * refused and not back: not just the first refused one, because the client may hear of the others later
 * than it sends the next.
 */
import type { MessageId } from '@holdline/protocol';

/** A publish that was admitted. */
export interface Admission {
  readonly messageId: MessageId;
  readonly place: number;
  /** Something before it was refused meanwhile: it must not be stored now. */
  isOvertaken: boolean;
}

export class PublishOrder {
  #nextPlace = 1;
  /** Refused as retryable and not back yet, with their places; null until there was one, which is hardly ever. */
  #refused: Map<MessageId, number> | null = null;
  /** Admitted and without an answer. */
  readonly #admitted = new Set<Admission>();

  /** True when there is nothing to remember. */
  get isIdle(): boolean {
    return this.refusedCount === 0 && this.#admitted.size === 0;
  }

  get refusedCount(): number {
    return this.#refused?.size ?? 0;
  }

  /** Null when the message is refused as out of order. */
  come(messageId: MessageId): Admission | null {
    const place = this.#refused?.get(messageId) ?? this.#nextPlace++;
    this.#refused?.delete(messageId);
    if (this.#isBlocked(place)) {
      this.#hold(messageId, place);
      return null;
    }
    const admission = { messageId, place, isOvertaken: false };
    this.#admitted.add(admission);
    return admission;
  }

  /** Refused as retryable: it has to be back before anything behind it passes. */
  refuse(admission: Admission): void {
    this.#admitted.delete(admission);
    this.#hold(admission.messageId, admission.place);
    for (const other of this.#admitted) {
      if (other.place <= admission.place || other.isOvertaken) continue;
      other.isOvertaken = true;
      this.#hold(other.messageId, other.place);
    }
  }

  /** It has its final answer: stored, or refused for good. */
  settle(admission: Admission): void {
    this.#admitted.delete(admission);
    this.#refused?.delete(admission.messageId);
  }

  /** A refused message will not be back, or was refused for good before it came here. */
  forget(messageId: MessageId): void {
    this.#refused?.delete(messageId);
  }

  /** Another copy of it may be refused already, or later: the lowest place counts, or what came between them would pass it. */
  #hold(messageId: MessageId, place: number): void {
    this.#refused ??= new Map();
    const held = this.#refused.get(messageId);
    if (held === undefined || place < held) this.#refused.set(messageId, place);
  }

  #isBlocked(place: number): boolean {
    if (this.#refused === null) return false;
    for (const refused of this.#refused.values()) if (refused < place) return true;
    return false;
  }
}
