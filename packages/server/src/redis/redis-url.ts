/**
 * Which URLs lead to a Redis that this version can use: one server. The client would take any text for
 * a host or a path, and then try for ever to reach it.
 */

/** @throws RangeError for anything but `redis://host…` or `rediss://host…`; the text says nothing of the URL, which may hold a password */
export function checkRedisUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const isOne = parsed !== null && ['redis:', 'rediss:'].includes(parsed.protocol) && parsed.hostname !== '';
  if (!isOne) throw new RangeError('the URL of Redis must be redis://host:port or rediss://host:port, of one server');
}
