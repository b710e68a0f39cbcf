import { expect, test } from 'vitest';
import type { MessageId } from '@holdline/protocol';
import { PublishOrder, type Admission } from './publish-order.ts';

const id = (text: string): MessageId => text as MessageId;
const admit = (order: PublishOrder, name: string): Admission => {
  const admission = order.come(id(name));
  if (admission === null) throw new Error(`${name} was not admitted`);
  return admission;
};

test('[G1.2] while nothing is refused everything passes, and nothing is remembered afterwards', () => {
  const order = new PublishOrder();

  const [a, b] = [admit(order, 'a'), admit(order, 'b')];
  order.settle(a);
  order.settle(b);

  expect(order.isIdle).toBe(true);
});

test('[G1.2] after a refusal later ones are refused until it is back', () => {
  const order = new PublishOrder();
  order.refuse(admit(order, 'a'));

  expect(order.come(id('b'))).toBeNull();
  expect(order.come(id('b'))).toBeNull();
  admit(order, 'a');
  admit(order, 'b');
});

test('[G1.2] every refused one has to be back, not just the first', () => {
  const order = new PublishOrder();
  order.refuse(admit(order, 'a'));
  expect(order.come(id('b'))).toBeNull();

  admit(order, 'a');

  expect(order.come(id('c'))).toBeNull();
  admit(order, 'b');
  admit(order, 'c');
});

test('[G1.2] what waits behind a refused one is overtaken, also when that one is back before its turn', () => {
  const order = new PublishOrder();
  const [a, b, c] = [admit(order, 'a'), admit(order, 'b'), admit(order, 'c')];

  order.refuse(b);
  const again = admit(order, 'b');

  expect([a, c, again].map(({ isOvertaken }) => isOvertaken)).toEqual([false, true, false]);
  expect(order.come(id('d'))).toBeNull();
});

test('[G1.2] what waits before a refused one goes its way; if it fails too, it comes first', () => {
  const order = new PublishOrder();
  const a = admit(order, 'a');
  order.refuse(admit(order, 'b'));

  expect(a.isOvertaken).toBe(false);
  order.refuse(a);

  expect(order.come(id('b'))).toBeNull();
  admit(order, 'a');
  admit(order, 'b');
});

test('[G1.2] a message keeps its place however often it is refused', () => {
  const order = new PublishOrder();
  order.refuse(admit(order, 'a'));
  expect(order.come(id('b'))).toBeNull();

  order.refuse(admit(order, 'a'));

  expect(order.come(id('b'))).toBeNull();
  order.settle(admit(order, 'a'));
  order.settle(admit(order, 'b'));
  expect(order.isIdle).toBe(true);
});

test('[G1.2] a second copy that is refused behind the first leaves the message its first place', () => {
  const order = new PublishOrder();
  const [a, b, c] = [admit(order, 'a'), admit(order, 'b'), admit(order, 'c')];
  const [aAgain, bAgain] = [admit(order, 'a'), admit(order, 'b')];
  for (const refused of [a, b, c, aAgain, bAgain]) order.refuse(refused);

  expect(order.come(id('c'))).toBeNull();

  admit(order, 'a');
  expect(order.come(id('c'))).toBeNull();
  admit(order, 'b');
  admit(order, 'c');
});

test('[G1.2] withdrawn or settled ones block nothing', () => {
  const order = new PublishOrder();
  order.refuse(admit(order, 'a'));
  expect(order.come(id('b'))).toBeNull();

  order.forget(id('a'));
  order.forget(id('unknown'));

  order.settle(admit(order, 'b'));
  expect(order.isIdle).toBe(true);
});

test('[G7.3] what is remembered can be counted', () => {
  const order = new PublishOrder();
  order.refuse(admit(order, 'a'));
  for (let i = 0; i < 9; i++) order.come(id(`b${i}`));

  expect(order.refusedCount).toBe(10);
});

type Earlier = 'waits' | 'settled' | 'refused' | 'back' | 'withdrawn' | 'withdrawn after its refusal';

/** What became of an earlier message → what a later one meets that comes then, and one that waited meanwhile. */
const TABLE: Record<Earlier, { readonly comes: 'passes' | 'refused'; readonly waited: 'passes' | 'overtaken' }> = {
  waits: { comes: 'passes', waited: 'passes' },
  settled: { comes: 'passes', waited: 'passes' },
  refused: { comes: 'refused', waited: 'overtaken' },
  back: { comes: 'passes', waited: 'overtaken' },
  withdrawn: { comes: 'passes', waited: 'passes' },
  'withdrawn after its refusal': { comes: 'passes', waited: 'overtaken' },
};

const HAPPEN: Record<Earlier, (order: PublishOrder, earlier: Admission) => void> = {
  waits: () => {},
  settled: (order, earlier) => order.settle(earlier),
  refused: (order, earlier) => order.refuse(earlier),
  back(order, earlier) {
    order.refuse(earlier);
    admit(order, 'earlier');
  },
  withdrawn: (order) => order.forget(id('earlier')),
  'withdrawn after its refusal'(order, earlier) {
    order.refuse(earlier);
    order.forget(id('earlier'));
  },
};

test.each(Object.keys(TABLE) as Earlier[])('[G1.2] the earlier message: %s', (fate) => {
  const [one, two] = [new PublishOrder(), new PublishOrder()];
  HAPPEN[fate](one, admit(one, 'earlier'));
  const earlier = admit(two, 'earlier');
  const waiting = admit(two, 'later');
  HAPPEN[fate](two, earlier);

  const comes = one.come(id('later')) === null ? 'refused' : 'passes';

  expect({ comes, waited: waiting.isOvertaken ? 'overtaken' : 'passes' }).toEqual(TABLE[fate]);
});
