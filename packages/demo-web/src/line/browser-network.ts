/**
 * Tells the page that the network is gone or back in the browser's own words: `navigator.onLine` and the
 * events `offline` and `online`. Goes together with blocking the line, which really takes the connection away.
 */
export function tellOnline(isOnline: boolean): void {
  // The getter on the instance hides the browser's own; deleting it brings that back, with the true value.
  if (isOnline) delete (navigator as { onLine?: boolean }).onLine;
  else Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => false });
  window.dispatchEvent(new Event(isOnline ? 'online' : 'offline'));
}
