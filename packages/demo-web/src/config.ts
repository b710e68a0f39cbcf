/** Where the servers are (`/config.json`) and what the address bar asks for. Both are checked, never trusted. */
import { cleanName } from './chat/names.ts';
import { cleanRoom } from './chat/room-names.ts';

export interface Instance {
  readonly name: string;
  readonly url: string;
}

export interface Wishes {
  readonly name: string | null;
  readonly room: string | null;
  readonly instance: string | null;
}

const MAX_INSTANCES = 16;

/** @throws Error that says what is wrong with the configuration. */
export function parseConfig(value: unknown): readonly Instance[] {
  const list: unknown = typeof value === 'object' && value !== null && 'instances' in value ? value.instances : null;
  if (!Array.isArray(list) || list.length === 0) throw new Error('config.json names no server instance');
  return list.slice(0, MAX_INSTANCES).map((entry: unknown) => {
    const { name, url } = Object(entry) as Record<string, unknown>;
    if (typeof name !== 'string' || name === '' || typeof url !== 'string' || !/^wss?:\/\//.test(url)) {
      throw new Error('config.json: an instance needs a name and a ws:// or wss:// url');
    }
    return { name, url };
  });
}

/** @throws Error when the file cannot be had or read. */
export async function loadConfig(): Promise<readonly Instance[]> {
  const response = await fetch('/config.json', { cache: 'no-store' });
  if (!response.ok) throw new Error(`config.json: the page’s server answered ${response.status}`);
  return parseConfig(await response.json());
}

/** `?name=alice&room=chat:lobby&instance=B`; what is not usable counts as not said. */
export function parseWishes(search: string): Wishes {
  const given = new URLSearchParams(search);
  return {
    name: cleanName(given.get('name') ?? ''),
    room: cleanRoom(given.get('room') ?? ''),
    instance: given.get('instance'),
  };
}
