/**
 * For what goes away while somebody uses it by keyboard: the focus moves on to a place that stays, and not back to the
 * top of the page. These are refs, and each is made once: what a ref returns runs before its element leaves the page,
 * and also whenever it is exchanged for another.
 */
import type { RefCallback } from 'react';

const handOverTo =
  (id: string): RefCallback<HTMLElement> =>
  (element) =>
  () => {
    if (element?.contains(document.activeElement) === true) document.getElementById(id)?.focus();
  };

export const MESSAGES_ID = 'messages';
export const ROOMS_ID = 'rooms';
export const COMPOSER_ID = 'composer';

export const focusToMessages = handOverTo(MESSAGES_ID);
export const focusToRooms = handOverTo(ROOMS_ID);
