/** How a process of this version describes itself to the others in its Redis. */
import { FORMAT_VERSION } from './log/entry-codec.ts';
import { APPEND_SCRIPT_VERSION } from './redis/append-script.ts';
import type { InstanceRecord } from './redis/deployment.ts';

type Own = Pick<InstanceRecord, 'instance' | 'boot' | 'prefix' | 'dedupeMs'>;

export const describeInstance = (own: Own): Omit<InstanceRecord, 'at'> => ({
  ...own,
  format: FORMAT_VERSION,
  mode: 'pubsub',
  script: APPEND_SCRIPT_VERSION,
});
