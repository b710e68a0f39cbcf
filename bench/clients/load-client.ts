// A client of a run over all its connections: where it stands, what it has seen, what it has published.

import { Tally } from '../measure/tally.ts';
import type { ClientPlan } from './load-calls.ts';
import type { LightClient } from './light-client.ts';

export class LoadClient {
  readonly plan: ClientPlan;
  readonly tally = new Tally();
  line: LightClient | null = null;
  isReady = false;
  published = 0;
  acked = 0;
  strays = 0;
  /** Taken from the last connection before it was cut. */
  cursor: unknown = undefined;

  constructor(plan: ClientPlan) {
    this.plan = plan;
  }

  get inFlight(): number {
    return this.published - this.acked;
  }
}
