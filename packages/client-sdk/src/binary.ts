/** Sizes on the wire, and bytes ↔ base64, the form in which binary payloads travel. */

/** Of a value as JSON in UTF-8. */
export const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

export const toBase64 = (data: Uint8Array | ArrayBuffer): string =>
  btoa(Array.from(new Uint8Array(data), (byte) => String.fromCharCode(byte)).join(''));

/** 120 random bits in the characters of a message ID. Unlike `randomUUID` it works on pages without a secure context, too. */
export const randomId = (): string => toBase64(crypto.getRandomValues(new Uint8Array(15))).replace(/\W/g, '_');

/** What a frame carries, bytes or JSON. */
export const payloadOf = (frame: { readonly data?: unknown; readonly base64?: string }): unknown =>
  frame.base64 === undefined ? frame.data : Uint8Array.from(atob(frame.base64), (character) => character.charCodeAt(0));

/** The payload as it will travel: a copy, so that a later change of the original changes nothing. */
export function bodyOf(data: unknown): { readonly data?: unknown; readonly base64?: string } | undefined {
  if (data instanceof ArrayBuffer || data instanceof Uint8Array) return { base64: toBase64(data) };
  try {
    return { data: JSON.parse(JSON.stringify(data)) };
  } catch {
    return undefined;
  }
}
