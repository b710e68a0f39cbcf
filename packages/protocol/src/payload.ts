/** Payloads as applications have them ↔ as frames carry them: JSON, or base64, the form in which bytes travel. */

// Browsers and Node have them; the types of neither belong in here.
declare const btoa: (bytes: string) => string;
declare const atob: (base64: string) => string;

/** Of a frame: at most one of the two is there. */
export interface Body {
  readonly data?: unknown;
  readonly base64?: string;
}

export const toBase64 = (data: Uint8Array | ArrayBuffer): string =>
  btoa(Array.from(new Uint8Array(data), (byte) => String.fromCharCode(byte)).join(''));

export const payloadOf = (frame: Body): unknown =>
  frame.base64 === undefined ? frame.data : Uint8Array.from(atob(frame.base64), (character) => character.charCodeAt(0));

/**
 * The payload as it will travel: a copy, so that a later change of the original changes nothing. `cause`: JSON cannot carry it, or
 * would turn it into something else without a word.
 */
export function bodyOf(data: unknown): Body & { readonly cause?: unknown } {
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
