// Every kind of fault that a run knows, by engine.

import { EMBEDDED_FAULTS } from './embedded.ts';
import type { FaultKind } from './fault.ts';
import { NODE_FAULTS } from './nodes.ts';
import { ROOM_FAULTS } from './rooms.ts';
import { DRAIN, SERVER_FAULTS } from './servers.ts';
import { STORE_FAULTS } from './stores.ts';
import { TAB_FAULTS } from './tabs.ts';
import { WIRE_FAULTS } from './wires.ts';

const OF_ANY_ENGINE: readonly FaultKind[] = [...WIRE_FAULTS, ...NODE_FAULTS, ...TAB_FAULTS, DRAIN];

const KINDS: Readonly<Record<'redis' | 'embedded', readonly FaultKind[]>> = {
  redis: [...OF_ANY_ENGINE, ...SERVER_FAULTS, ...STORE_FAULTS, ...ROOM_FAULTS],
  embedded: [...OF_ANY_ENGINE, ...EMBEDDED_FAULTS],
};

export const faultKindsOf = (engine: 'redis' | 'embedded'): readonly FaultKind[] => KINDS[engine];
