// What the run and the process of the embedded engine ask and answer.

import type { RoomContent } from '../streams.ts';

/** Of the test hooks of the engine, those that take and give plain data. */
export type ControlCall =
  | readonly ['trim', string, number]
  | readonly ['removeEntry', string, string]
  | readonly ['expireStream', string]
  | readonly ['forgetPosition', string]
  | readonly ['forgetEverything']
  | readonly ['dropNextAnnouncements', string, number]
  | readonly ['cutFeed', string]
  | readonly ['healFeed', string]
  | readonly ['refuseWrites', boolean]
  | readonly ['goAway']
  | readonly ['comeBack']
  | readonly ['shiftClock', number]
  /** Remembers all data, and goes back to it. */
  | readonly ['remember']
  | readonly ['goBack'];

export interface HostServer {
  readonly url: string;
  readonly instance: string;
}

export type HostRequest =
  /** Rooms with the IDs to read from; the control is done in the same moment. */
  | {
      readonly type: 'read';
      readonly from: readonly (readonly [string, string])[];
      readonly control: ControlCall | null;
    }
  | { readonly type: 'control'; readonly control: ControlCall }
  | { readonly type: 'restart'; readonly index: number };

export type HostMessage =
  | { readonly type: 'ready'; readonly servers: readonly HostServer[] }
  | { readonly type: 'answer'; readonly id: number; readonly value: readonly RoomContent[] | HostServer | null };

export interface HostEnvelope {
  readonly id: number;
  readonly request: HostRequest;
}
