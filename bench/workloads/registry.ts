// All workloads, in the order of the report.

import { ACKS } from './acks.ts';
import { BROWSER } from './browser.ts';
import { FAN_OUT, HOT_ROOM, SMALL_ROOMS } from './fan-out.ts';
import { IDLE } from './idle.ts';
import { KILL } from './kill.ts';
import { RAMP } from './ramp.ts';
import { RESUME } from './resume.ts';
import { SLOW_READER } from './slow-reader.ts';
import { STORM } from './storm.ts';
import { SWEEP } from './sweep.ts';
import type { Workload } from './workload.ts';

export const WORKLOADS: readonly Workload[] = [
  FAN_OUT,
  HOT_ROOM,
  RAMP,
  SMALL_ROOMS,
  IDLE,
  RESUME,
  ACKS,
  KILL,
  STORM,
  SLOW_READER,
  SWEEP,
  BROWSER,
];
