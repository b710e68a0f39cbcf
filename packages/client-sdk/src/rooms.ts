/**
 * The types of rooms: a map from room patterns to events to payloads. `*` in a pattern stands for any
 * text. A room takes its exact name first, else every pattern that fits it, else the bare `*`.
 * Types only: at run time nothing is checked, and a peer may send what the map does not name.
 */

/** The map where none is given: every room, every event, payloads unknown. */
export type AnyRooms = Record<string, Record<string, unknown>>;

type Text<Pattern extends string> = Pattern extends `${infer Head}*${infer Tail}`
  ? `${Head}${string}${Text<Tail>}`
  : Pattern;

type Fitting<Rooms, Name extends string> = {
  [Pattern in keyof Rooms & string]: Pattern extends '*' ? never : Name extends Text<Pattern> ? Pattern : never;
}[keyof Rooms & string];

type EventNames<Maps> = Maps extends unknown ? keyof Maps & string : never;
type PayloadIn<Maps, Event extends string> = Maps extends { [E in Event]: infer Payload } ? Payload : never;
type Merged<Maps> = { [Event in EventNames<Maps>]: PayloadIn<Maps, Event> };

/** The room names that a map knows. */
export type RoomName<Rooms> = Text<keyof Rooms & string>;

/** The events of the room called `Name`, with their payloads. */
export type EventsOf<Rooms, Name extends string> = Name extends keyof Rooms
  ? Rooms[Name]
  : [Fitting<Rooms, Name>] extends [never]
    ? '*' extends keyof Rooms
      ? Rooms['*']
      : never
    : Merged<Rooms[Fitting<Rooms, Name>]>;

/** What `publish` takes where readers get `Payload`: binary payloads arrive as `Uint8Array`. */
export type Sendable<Payload> = Payload extends Uint8Array ? Uint8Array | ArrayBuffer : Payload;

/** What `signal` takes: signals carry JSON only. */
export type Signalable<Payload> = Payload extends Uint8Array ? never : Payload;
