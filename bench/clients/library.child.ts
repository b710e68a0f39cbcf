// A process of library clients in one room: connects when told, answers each later message with what it has received and used so far.

import { LIBRARIES, type Library } from './library-client.ts';
import { numberOf } from './payload.ts';

export interface LibraryPlan {
  readonly library: Library;
  readonly ports: readonly number[];
  readonly room: string;
  readonly clients: number;
}

export interface LibraryMark {
  readonly received: number;
  readonly cpuUs: number;
  readonly isInOrder: boolean;
}

let received = 0;
let isInOrder = true;

async function connect({ library, ports, room, clients }: LibraryPlan): Promise<void> {
  for (let i = 0; i < clients; i++) {
    let expected = 0;
    await LIBRARIES[library](ports[i % ports.length]!, room, (payload) => {
      received += 1;
      // One message in 64 is looked at: the check must not become what is measured.
      if ((expected & 63) === 0 && numberOf(Buffer.from(payload), 0) !== expected) isInOrder = false;
      expected += 1;
    });
  }
}

process.on('message', (plan: LibraryPlan | 'mark') => {
  if (plan !== 'mark') return void connect(plan).then(() => process.send!('ready'));
  const { user, system } = process.cpuUsage();
  process.send!({ received, cpuUs: user + system, isInOrder } satisfies LibraryMark);
});
process.on('disconnect', () => process.exit(0));
