// The process of one Node browser: holds the outbox file of its pages, which are worker threads. Killing it is a browser
// crash, ending a thread the crash of a tab.

import { MessageChannel, Worker } from 'node:worker_threads';
import type { FromBrowser, PageData, ToBrowser } from './browser-messages.ts';
import { FileOutbox } from './file-outbox.ts';
import type { MemberOptions, Progress } from './member.ts';
import { servePort } from './port-outbox.ts';

const [outboxPath = '', historyFolder = '', originNs = ''] = process.argv.slice(2);
const outbox = new FileOutbox(outboxPath);
const pages = new Map<string, Worker>();
const tell = (message: FromBrowser): void => void process.send?.(message);

function open(options: MemberOptions): void {
  const { session } = options;
  const { port1, port2 } = new MessageChannel();
  servePort(port1, outbox.tab());
  const data: PageData = { options, historyPath: `${historyFolder}/${session}.jsonl`, originNs };
  const page = new Worker(new URL('./node-page.ts', import.meta.url), {
    workerData: { ...data, store: port2 },
    transferList: [port2],
  });
  pages.set(session, page);
  page.on('message', (progress: Progress) => tell({ type: 'progress', progress, kept: outbox.unsettled }));
  page.on('error', (error: Error) => tell({ type: 'fault', session, message: error.stack ?? error.message }));
  page.on('exit', () => {
    pages.delete(session);
    port1.close();
    tell({ type: 'ended', session });
  });
}

process.on('message', (message: ToBrowser) => {
  if (message.type === 'open') return open(message.options);
  const page = pages.get(message.session);
  if (message.type === 'command') return page?.postMessage(message.command);
  if (message.how === 'close') page?.postMessage('close');
  else void page?.terminate();
});
process.on('disconnect', () => process.exit(0));
tell({ type: 'ready' });
