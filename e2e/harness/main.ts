// The harness page: the SDK in a real browser, steered and read by the test through window.harness.

import { createRecorder, type MemberOptions, type Recorder, type Recording } from './recorder.ts';

export interface Harness {
  start(options: MemberOptions): void;
  join(): Promise<void>;
  publish(messageId: string, body: string): void;
  recording(): Recording;
  unsent(): number;
  close(): Promise<void>;
}

declare global {
  interface Window {
    harness: Harness;
  }
}

let recorder: Recorder | undefined;

function started(): Recorder {
  if (recorder === undefined) throw new Error('start comes first');
  return recorder;
}

window.harness = {
  start(options) {
    recorder = createRecorder(options);
  },
  join: () => started().join(),
  publish: (messageId, body) => started().publish(messageId, body),
  recording: () => started().recording,
  unsent: () => started().unsent,
  close: () => started().close(),
};
document.querySelector('#status')!.textContent = 'ready';
