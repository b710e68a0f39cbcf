/** Sizes of text, and bytes ↔ base64, the form in which binary payloads travel. */

/** As UTF-8. */
export const byteLength = (text: string): number => new TextEncoder().encode(text).length;

export const toBase64 = (data: Uint8Array | ArrayBuffer): string =>
  btoa(Array.from(new Uint8Array(data), (byte) => String.fromCharCode(byte)).join(''));

/** What a frame carries, bytes or JSON. */
export const payloadOf = ({ data, base64 }: { readonly data?: unknown; readonly base64?: string }): unknown =>
  base64 === undefined ? data : Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
