import type { RoomId } from '@holdline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RoomSlots } from './room-slots.ts';

const slotOf = (n: number) => ({ name: `room-${n}` as RoomId, n });

test('any sequence of additions and removals is that of a map, few or many', () => {
  const step = fc.record({ n: fc.nat(20), isDeleted: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const slots = new RoomSlots<ReturnType<typeof slotOf>>();
      const model = new Map<RoomId, ReturnType<typeof slotOf>>();
      for (const { n, isDeleted } of steps) {
        const slot = slotOf(n);
        if (isDeleted) {
          slots.delete(slot.name);
          model.delete(slot.name);
        } else if (!model.has(slot.name)) {
          slots.add(slot);
          model.set(slot.name, slot);
        }
        expect(slots.size).toBe(model.size);
        expect(slots.get(slot.name)).toBe(model.get(slot.name));
      }
      expect(slots.list()).toEqual([...model.values()]);
    }),
  );
});

test('what is removed while the list is walked is still walked', () => {
  const slots = new RoomSlots<ReturnType<typeof slotOf>>();
  for (let n = 0; n < 3; n++) slots.add(slotOf(n));
  const walked: number[] = [];

  for (const slot of slots.list()) {
    walked.push(slot.n);
    slots.clear();
  }

  expect(walked).toEqual([0, 1, 2]);
  expect(slots.size).toBe(0);
  expect(slots.get('room-1' as RoomId)).toBeUndefined();
});
