/** What a real page dispatches, and what of it is a hint. Serves G2.6. */
import { expect, test } from 'vitest';
import { browserHints, type NetworkHint } from './network-hints.ts';

test('[G2.6] hints are events of window and document; what an element calls by such a name is none', () => {
  const heard: NetworkHint[] = [];
  const stop = browserHints.listen((hint) => heard.push(hint));
  const element = document.createElement('video');
  document.body.append(element);
  for (const target of [element, document.body, document.documentElement]) {
    for (const name of ['freeze', 'offline']) {
      target.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true }));
    }
  }
  expect(heard).toEqual([]);

  document.dispatchEvent(new Event('freeze'));
  document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  window.dispatchEvent(new Event('pageshow'));
  stop();
  window.dispatchEvent(new Event('online'));
  element.remove();

  expect(heard).toEqual(['freeze', 'visibilitychange', 'pageshow']);
});
