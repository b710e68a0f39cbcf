/** Whether the drawer has taken this tab off the network. */
import { useSyncExternalStore } from 'react';
import type { Line } from './breakable-socket.ts';

export const useBlocked = (line: Line): boolean => useSyncExternalStore(line.onChange, () => line.isBlocked);
