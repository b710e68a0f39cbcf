/**
 * Which server instance this tab dials, pure of any network: the chosen one, and the next in the list
 * when that one cannot be reached. The client asks `url()` before each attempt.
 */
import type { Instance } from '../config.ts';

export interface Route {
  /** The instance to dial now. Asking again without `stay` in between means that the last one failed. */
  readonly url: () => string;
  /** The tab stays where it is: to be called on each connection, and when the dialling itself was given up. */
  readonly stay: () => void;
  readonly moveTo: (name: string) => void;
  readonly current: Instance;
  /** The instance that `move` would go to; null with only one. */
  readonly other: Instance | null;
}

export function createRoute(instances: readonly Instance[], preferred: string | null): Route {
  const wish = instances.findIndex((instance) => instance.name === preferred);
  let index = Math.max(wish, 0);
  let isTried = false;
  const at = (place: number): Instance => {
    const instance = instances[place % instances.length];
    if (instance === undefined) throw new Error('a route needs at least one instance');
    return instance;
  };
  return {
    url() {
      if (isTried) index = (index + 1) % instances.length;
      isTried = true;
      return at(index).url;
    },
    stay() {
      isTried = false;
    },
    moveTo(name) {
      const place = instances.findIndex((instance) => instance.name === name);
      if (place < 0) return;
      index = place;
      isTried = false;
    },
    get current() {
      return at(index);
    },
    get other() {
      return instances.length > 1 ? at(index + 1) : null;
    },
  };
}
