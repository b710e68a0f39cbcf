// What a load process counts between two marks, and the faults of its whole life.

import { Histogram } from '../measure/histogram.ts';
import type { Mark } from './load-calls.ts';

const MAX_FAULT_TEXTS = 5;
const MAX_FAULT_LENGTH = 300;

export class LoadCounters {
  readonly latency = new Histogram();
  readonly ackLatency = new Histogram();
  deliveries = 0;
  published = 0;
  acked = 0;
  heldBack = 0;
  faults = 0;
  readonly faultTexts: string[] = [];

  /** Answers with what was counted, and begins anew. */
  mark(): Mark {
    const mark = {
      deliveries: this.deliveries,
      published: this.published,
      acked: this.acked,
      heldBack: this.heldBack,
      latency: this.latency.toData(),
      ackLatency: this.ackLatency.toData(),
    };
    this.deliveries = this.published = this.acked = this.heldBack = 0;
    this.latency.clear();
    this.ackLatency.clear();
    return mark;
  }

  fault(what: string): void {
    this.faults += 1;
    if (this.faultTexts.length < MAX_FAULT_TEXTS) this.faultTexts.push(what.slice(0, MAX_FAULT_LENGTH));
  }
}
