import { createEmbeddedHarness } from './engine.contract.ts';
import { describeMessageLog } from './log/message-log.contract.ts';

describeMessageLog('embedded', createEmbeddedHarness);
