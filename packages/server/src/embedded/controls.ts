/** The test hooks of the embedded engine: each does to the broker what an operator or a fault does to Redis. */
import type { EngineControls } from '../engine-controls.ts';
import type { Broker } from './broker.ts';
import { addByHand, copyRoom, forgetStream, removeEntry, trim, type RoomState } from './room-store.ts';

export interface EmbeddedControls extends EngineControls {
  /** The next `count` appends happen, but their answers are lost. */
  loseReplies(count: number): void;
}

export function createEmbeddedControls(broker: Broker): EmbeddedControls {
  const { faults } = broker;
  const change = (name: string, edit: (room: RoomState) => void): Promise<void> => {
    const room = broker.room(name);
    edit(room);
    broker.rooms.set(name, room);
    return Promise.resolve();
  };
  const copyAll = (rooms: Map<string, RoomState>): Map<string, RoomState> =>
    new Map([...rooms].map(([name, room]) => [name, copyRoom(room)]));
  const trouble = (): void => {
    for (const subscriber of broker.subscribers) subscriber.onTrouble();
  };

  return {
    trim: (name, keep) => change(name, (room) => trim(room, keep)),
    removeEntry: (name, id) => change(name, (room) => removeEntry(room, id)),
    expireStream: (name) => change(name, forgetStream),
    forgetPosition: (name) => change(name, (room) => (room.position = null)),
    snapshot: () => Promise.resolve(copyAll(broker.rooms)),
    async restore(snapshot) {
      broker.rooms = copyAll(snapshot as Map<string, RoomState>);
    },
    async forgetEverything() {
      broker.rooms = new Map();
    },
    async dropNextAnnouncements(name, count) {
      faults.drops.set(name, count);
    },
    async cutFeed(instance) {
      faults.deaf.add(instance);
      trouble();
    },
    async healFeed(instance) {
      faults.deaf.delete(instance);
      broker.heal((other) => other === instance);
    },
    async refuseWrites(on) {
      faults.refusesWrites = on;
    },
    async goAway() {
      faults.isAway = true;
      trouble();
    },
    async comeBack() {
      faults.isAway = false;
      broker.heal(() => true);
    },
    shiftClock(byMs) {
      faults.clockShiftMs += byMs;
    },
    serverTime: () => broker.now(),
    async announceRaw(name, bytes) {
      broker.publish(name, Buffer.from(bytes));
    },
    async addForeignEntry(name, fields, wantedId) {
      let id = '';
      const entry = { header: fields?.h ?? null, data: fields === undefined ? null : Buffer.from(fields.d) };
      await change(name, (room) => (id = addByHand(room, entry, broker.now(), wantedId)));
      return id;
    },
    standing: (name) => Promise.resolve(broker.room(name).stream.map(({ id, header }) => ({ id, header }))),
    subscriberCount: (name) => Promise.resolve(broker.subscriberCount(name)),
    loseReplies(count) {
      faults.lostReplies = count;
    },
  };
}
