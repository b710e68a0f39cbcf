/** Faults of tokens, permissions and the application's own hooks. Without effect in schedules without tokens. */
import type { AccessFaults } from '../access.ts';
import { lasting, type FaultPlan } from './fault.ts';

const change =
  (what: string, begin: (faults: AccessFaults) => void, end: (faults: AccessFaults) => void): FaultPlan =>
  () =>
    lasting(
      what,
      (world) => {
        world.hasHookFaults = true;
        world.isBeyondHistories = true;
        begin(world.access.faults);
      },
      ({ access }) => end(access.faults),
    );

const forbid =
  (permission: 'join' | 'publish' | 'history'): FaultPlan =>
  () =>
    lasting(
      `${permission} is forbidden`,
      (world) => {
        world.hasHookFaults = true;
        world.isBeyondHistories = true;
        // Whoever may not read history is told of a gap in its place.
        if (permission === 'history') {
          world.wounds.add('history forbidden');
        }
        world.access.faults.forbidden.add(permission);
      },
      ({ access }) => void access.faults.forbidden.delete(permission),
    );

export const ACCESS_FAULTS = {
  'no token': change(
    'tokens cannot be fetched',
    (faults) => (faults.fetchFails = true),
    (faults) => (faults.fetchFails = false),
  ),
  'token refused': change(
    'tokens are refused',
    (faults) => (faults.refuses = true),
    (faults) => (faults.refuses = false),
  ),
  'user changes': change(
    'whoever logs in is somebody else',
    (faults) => (faults.changesUser = true),
    (faults) => (faults.changesUser = false),
  ),
  'slow login': change(
    'logins take long',
    (faults) => (faults.authenticateMs = 3_500),
    (faults) => (faults.authenticateMs = 0),
  ),
  'hooks throw': change(
    'the hooks throw',
    (faults) => (faults.throws = true),
    (faults) => (faults.throws = false),
  ),
  'messages refused': change(
    'some messages are refused',
    (faults) => (faults.refusedDigit = '3'),
    (faults) => (faults.refusedDigit = null),
  ),
  'join forbidden': forbid('join'),
  'publish forbidden': forbid('publish'),
  'history forbidden': forbid('history'),
} as const satisfies Record<string, FaultPlan>;
