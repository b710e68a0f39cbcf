/**
 * The text of a message. What arrives was written by whoever may publish in the room, so any JSON can
 * stand here; whatever it is becomes plain text, bounded, and never markup.
 */
const MAX_SHOWN = 8_000;

export function textOf(event: string, data: unknown): string {
  const text = event === 'text' ? bodyOf(data) : null;
  const shown = text ?? `${event}: ${printed(data)}`;
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown;
}

function bodyOf(data: unknown): string | null {
  if (typeof data !== 'object' || data === null || !('body' in data)) return null;
  return typeof data.body === 'string' ? data.body : null;
}

function printed(data: unknown): string {
  if (data instanceof Uint8Array) return `${data.byteLength} bytes`;
  return JSON.stringify(data) ?? '';
}
