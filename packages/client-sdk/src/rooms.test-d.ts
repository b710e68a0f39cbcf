/** The types of rooms, checked by the compiler: what must compile, and what must not. */
import { createClient, type EventsOf, type Message, type Room } from './index.ts';

interface Rooms {
  lobby: { text: { body: string }; pinned: { id: string } };
  'chat:*': { text: { body: string }; blob: Uint8Array };
  '*': { note: number };
}
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <Claim extends true>(claim?: Claim): void => void claim;

const client = createClient<Rooms>({ url: 'ws://127.0.0.1/' });
const chat = client.room('chat:42');
const topic = 'x' as string;

// A room takes its exact name first, then the patterns that fit, then `*`.
holds<Same<EventsOf<Rooms, 'lobby'>, Rooms['lobby']>>();
holds<Same<keyof EventsOf<Rooms, 'chat:42'>, 'text' | 'blob'>>();
holds<Same<EventsOf<Rooms, 'other'>, Rooms['*']>>();
void client.room(`chat:${topic}`).publish('text', { body: 'hi' });

// Payloads are those of the event; binary ones may be sent in two forms and arrive in one.
void chat.publish('text', { body: 'hi' });
void chat.publish('blob', new Uint8Array(3));
void chat.publish('blob', new ArrayBuffer(3));
chat.signal('text', { body: 'typing' });
chat.on('message', (message) => {
  if (message.event === 'blob') holds<Same<typeof message.data, Uint8Array>>();
  if (message.event === 'text') holds<Same<typeof message.data, { body: string }>>();
});
chat.on('message', async ({ cursor }) => {
  await Promise.resolve(client.room('lobby', { since: cursor }));
});
chat.on('gap', ({ missed, reason }) => {
  holds<Same<typeof missed, number | null>>();
  holds<Same<typeof reason, 'trimmed' | 'expired' | 'lost' | 'rewritten' | 'deleted'>>();
});

// @ts-expect-error -- another payload
void chat.publish('text', { body: 1 });
// @ts-expect-error -- an event of another room
void chat.publish('pinned', { id: '1' });
// @ts-expect-error -- a field is missing
chat.signal('text', {});
// @ts-expect-error -- signals carry no bytes
chat.signal('blob', new Uint8Array(3));
// @ts-expect-error -- no such event of a room
chat.on('messages', () => undefined);
// @ts-expect-error -- no such event of a client
client.on('stat', () => undefined);
// @ts-expect-error -- no such event of an outbox
client.outbox.on('sending', () => undefined);
// @ts-expect-error -- the state is read only
client.state = 'idle';
// @ts-expect-error -- a URL is needed
createClient({ user: 'alice' });
// @ts-expect-error -- no such place
client.room('lobby', { since: { first: 5 } });

// Without `*` in the map only the rooms that it names exist.
const strict = createClient<{ 'chat:*': { text: string } }>({ url: 'ws://127.0.0.1/' });
void strict.room('chat:1').publish('text', 'hi');
// @ts-expect-error -- no pattern fits
strict.room('lobby');

// Two patterns that fit: the events of both.
interface Overlapping {
  'team:*': { text: string };
  '*:general': { text: number; topic: string };
}
holds<Same<EventsOf<Overlapping, 'team:general'>['text'], string | number>>();
holds<Same<EventsOf<Overlapping, 'team:general'>['topic'], string>>();

// Without a map everything goes, and payloads are unknown.
const free = createClient({ url: ['ws://one/', 'ws://two/'] });
void free.room(topic).publish('anything', { at: 'all' });
free.room('lobby').on('message', ({ data, event }) => {
  holds<Same<typeof data, unknown>>();
  holds<Same<typeof event, string>>();
  // @ts-expect-error -- an unknown payload has no fields
  void data.body;
});

// Interfaces of the application can be written against a room.
export const show = (room: Room<Rooms['lobby']>, message: Message<Rooms['lobby']>): string =>
  `${room.name} ${message.event}`;
show(client.room('lobby'), { event: 'text' } as Message<Rooms['lobby']>);
