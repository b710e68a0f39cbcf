/**
 * beside Hop 4/8 – something for each room of one connection, by name. Most connections are in one room or a few: those
 * stand in a list, which is a third of the memory of a map and no slower; from `MAX_LISTED` on in a map.
 */
import type { RoomId } from '@holdline/protocol';

interface Named {
  readonly name: RoomId;
}

const MAX_LISTED = 8;

export class RoomSlots<Slot extends Named> {
  #slots: Slot[] | Map<RoomId, Slot> | null = null;

  get size(): number {
    const slots = this.#slots;
    return slots instanceof Map ? slots.size : (slots?.length ?? 0);
  }

  get(name: RoomId): Slot | undefined {
    const slots = this.#slots;
    return slots instanceof Map ? slots.get(name) : slots?.find((slot) => slot.name === name);
  }

  /** The name must not be there yet. */
  add(slot: Slot): void {
    const slots = this.#slots;
    if (slots === null) this.#slots = [slot];
    else if (slots instanceof Map) slots.set(slot.name, slot);
    else if (slots.length < MAX_LISTED) slots.push(slot);
    else this.#slots = new Map([...slots, slot].map((each) => [each.name, each]));
  }

  delete(name: RoomId): void {
    const slots = this.#slots;
    if (slots instanceof Map) slots.delete(name);
    else if (slots !== null) this.#slots = slots.filter((slot) => slot.name !== name);
    if (this.size === 0) this.#slots = null;
  }

  clear(): void {
    this.#slots = null;
  }

  /** In the order in which they were added, as they are now. */
  list(): readonly Slot[] {
    return [...(this.#slots?.values() ?? [])];
  }
}
