/** What can go wrong, by name. */
import { ACCESS_FAULTS } from './access-faults.ts';
import { HISTORY_FAULTS, STORE_FAULTS } from './store-faults.ts';
import { NETWORK_FAULTS } from './network-faults.ts';
import { PAGE_FAULTS } from './page-faults.ts';

export const FAULTS = { ...NETWORK_FAULTS, ...PAGE_FAULTS, ...STORE_FAULTS, ...HISTORY_FAULTS, ...ACCESS_FAULTS };

export type FaultName = keyof typeof FAULTS;
