import { createEmbeddedHarness } from './engine.contract.ts';
import { describeLiveFeed } from './feed/live-feed.contract.ts';
import { describeMessageLog } from './log/message-log.contract.ts';

describeMessageLog('embedded', createEmbeddedHarness);
describeLiveFeed('embedded', createEmbeddedHarness);
