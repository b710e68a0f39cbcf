// A page of a Node browser: the SDK in a worker thread. Facts are written with a system call of their own, so that what was
// written outlives the thread and the process.

import { openSync, writeSync } from 'node:fs';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { WebSocket } from 'ws';
import type { PageData } from './browser-messages.ts';
import { Member, type MemberCommand } from './member.ts';
import { portOutbox } from './port-outbox.ts';

const { options, historyPath, originNs, store } = workerData as PageData & { store: MessagePort };
const origin = BigInt(originNs);
const history = openSync(historyPath, 'a');

const member = new Member(options, {
  storage: portOutbox(store),
  WebSocket,
  now: () => Number(process.hrtime.bigint() - origin) / 1e6,
  async write(facts) {
    writeSync(history, facts.map((fact) => `${JSON.stringify(fact)}\n`).join(''));
  },
  progress: (progress) => parentPort?.postMessage(progress),
});

parentPort?.on('message', (message: MemberCommand | 'close') => {
  if (message !== 'close') return member.command(message);
  void member.close().then(() => process.exit(0));
});
member.start();
