import { SharedOutbox } from '../testing/shared-outbox.ts';
import { memoryOutboxStores } from './memory-outbox-store.ts';
import { describeOutboxStore } from './outbox-store.contract.ts';

const dispose = (): Promise<void> => Promise.resolve();

describeOutboxStore('outbox stores in memory', () => ({ tab: memoryOutboxStores(), dispose }));

describeOutboxStore('the outbox that the tests share', () => {
  const shared = new SharedOutbox();
  return { tab: () => shared.page(), dispose };
});
