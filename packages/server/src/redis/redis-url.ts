/**
 * Which URLs lead to a Redis that this version can use: one server. The client would take any text for
 * a host or a path, and then try for ever to reach it.
 */

import { OptionsError } from '../option-checks.ts';

/**
 * @param option - the name of the option that holds the URL
 * @throws OptionsError for anything but `redis://host…` or `rediss://host…`; it says nothing of the URL, which may hold a password
 */
export function checkRedisUrl(option: string, url: unknown): void {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : null;
  const isOne = parsed !== null && ['redis:', 'rediss:'].includes(parsed.protocol) && parsed.hostname !== '';
  if (!isOne) throw new OptionsError(option, 'must be redis://host:port or rediss://host:port, of one server');
}
