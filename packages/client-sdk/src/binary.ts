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

/**
 * The payload as it will travel: a copy, so that a later change of the original changes nothing. `cause`: JSON cannot carry it, or
 * would turn it into something else without a word.
 */
export function bodyOf(data: unknown): { readonly data?: unknown; readonly base64?: string; readonly cause?: unknown } {
  if (data instanceof ArrayBuffer || data instanceof Uint8Array) return { base64: toBase64(data) };
  try {
    // Plain objects, those of classes, arrays and what is no object pass; a map, a promise or a typed array has a tag of its own.
    // What has `toJSON`, as a date, comes here as what that returned.
    const text = JSON.stringify(data, (_key, value: unknown) => {
      const tag = {}.toString.call(value);
      if (/t (Obj|Array]|Str|Nu|Boo|Und)/.test(tag)) return value;
      throw Error(tag);
    });
    return { data: JSON.parse(text) };
  } catch (cause) {
    return { cause };
  }
}
