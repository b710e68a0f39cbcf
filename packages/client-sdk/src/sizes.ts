/** beside Hop 1/8 – sizes on the wire, and random IDs. */
import { toBase64 } from '@holdline/protocol';

/** Of a value as JSON in UTF-8. */
export const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

/** 120 random bits in the characters of a message ID. Unlike `randomUUID` it works on pages without a secure context, too. */
export const randomId = (): string => toBase64(crypto.getRandomValues(new Uint8Array(15))).replace(/\W/g, '_');
