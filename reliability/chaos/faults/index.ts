// Every kind of fault that a run knows.

import { NODE_FAULTS } from './nodes.ts';
import { ROOM_FAULTS } from './rooms.ts';
import { SERVER_FAULTS } from './servers.ts';
import { STORE_FAULTS } from './stores.ts';
import { TAB_FAULTS } from './tabs.ts';
import { WIRE_FAULTS } from './wires.ts';
import type { FaultKind } from './fault.ts';

export const FAULT_KINDS: readonly FaultKind[] = [
  ...WIRE_FAULTS,
  ...SERVER_FAULTS,
  ...NODE_FAULTS,
  ...TAB_FAULTS,
  ...STORE_FAULTS,
  ...ROOM_FAULTS,
];
