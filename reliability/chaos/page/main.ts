// A page of Chromium: the member of a chaos run, in a tab. Facts go to the run through a function that it lends to the page;
// what is on record is there when that has answered.

import type { OutboxRecord } from '@holdline/client';
import { Member, type MemberCommand, type MemberHost, type MemberOptions, type Progress } from '../actors/member.ts';
import type { TimedFact } from '../actors/member.ts';

export interface ChaosPage {
  /** `originMs`: this page's clock at the start of the run. */
  start(options: MemberOptions, originMs: number): void;
  command(command: MemberCommand): void;
  close(): Promise<void>;
}

declare global {
  interface Window {
    chaos: ChaosPage;
    chaosWrite(session: string, facts: readonly TimedFact[]): Promise<void>;
    chaosProgress(progress: Progress): Promise<void>;
  }
}

let member: Member | undefined;

/** What the transaction was that put it there has to say: the SDK tells nobody when a record is in IndexedDB. */
function watchStore(onKept: (room: string, messageId: string) => void): void {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (this: IDBObjectStore, value: OutboxRecord, key?: IDBValidKey) {
    const { frame, outcome } = value;
    if (outcome === undefined) {
      this.transaction.addEventListener('complete', () => onKept(frame.room, frame.messageId));
    }
    return put.call(this, value, key);
  };
}

window.chaos = {
  start(options, originMs) {
    const host: MemberHost = {
      storage: 'auto',
      watchStore,
      now: () => performance.now() - originMs,
      write: (facts) => window.chaosWrite(options.session, facts),
      progress: (progress) => void window.chaosProgress(progress),
    };
    member = new Member(options, host);
    member.start();
  },
  command: (command) => member?.command(command),
  close: async () => member?.close(),
};
