// A Redis binary: the demo and the tests start their own private Redis with it.

import { aptInstall, canInstall } from './apt.mjs';
import { say } from './say.mjs';
import { isProgram, which } from './which.mjs';

export const REDIS_HINT =
  process.platform === 'darwin' ? 'brew install redis' : 'sudo apt-get install redis-server   (or valkey-server)';

/**
 * @param {string} root
 * @returns {string | undefined} the path of redis-server or valkey-server; undefined when there is none to be had
 */
export function ensureRedis(root) {
  const found = find();
  if (found !== undefined) {
    say(`Redis is there: ${found}`);
    return found;
  }
  if (!canInstall()) return undefined;
  aptInstall(['redis-server'], root);
  return find();
}

function find() {
  const named = process.env.REDIS_SERVER_BIN;
  if (named !== undefined && isProgram(named)) return named;
  return which('redis-server') ?? which('valkey-server');
}
