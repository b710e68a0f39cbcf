/** Room names: what a visitor may type, and how a room is called on the page. */
export const FIRST_ROOMS = ['chat:lobby', 'chat:support', 'chat:random'] as const;

const ROOM = /^[A-Za-z0-9_.:~/-]{1,128}$/;

/** `my room` → `chat:my-room`; a full name such as `chat:lobby` stays. Null when nothing usable is left. */
export function cleanRoom(text: string): string | null {
  const name = text.trim().replace(/^#/, '').replace(/\s+/g, '-');
  const room = name.includes(':') ? name : `chat:${name}`;
  return name !== '' && ROOM.test(room) ? room : null;
}

export const roomTitle = (room: string): string => (room.startsWith('chat:') ? room.slice('chat:'.length) : room);
