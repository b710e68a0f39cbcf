/**
 * Stands in for `node:crypto` in the server of the simulation. Digests are compared with one another and with nothing else
 * there, and a schedule makes hundreds of them: 64 bits of a plain mixing function tell contents apart as well.
 */
export * from 'node:crypto';

export const hash = (_algorithm: string, content: string | Uint8Array): string => digestOf(content);

interface Digest {
  update(more: string): Digest;
  digest(): string;
}

export function createHash(_algorithm: string): Digest {
  let content = '';
  const made: Digest = {
    update(more) {
      content += more;
      return made;
    },
    digest: () => digestOf(content),
  };
  return made;
}

/** 32 characters that hex and base64url both know. The same for a text and for its bytes. */
function digestOf(content: string | Uint8Array): string {
  let [a, b] = [0x9e3779b9 ^ content.length, 0x85ebca6b];
  for (let i = 0; i < content.length; i += 1) {
    const code = typeof content === 'string' ? content.charCodeAt(i) : (content[i] as number);
    if (code > 0x7f && typeof content === 'string') return digestOf(Buffer.from(content));
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x5bd1e995);
  }
  a = Math.imul(a ^ (a >>> 15) ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 13) ^ (a >>> 16), 0x27d4eb2f);
  const half = `${hex(a ^ (a >>> 16))}${hex(b ^ (b >>> 15))}`;
  return half + half;
}

const hex = (bits: number): string => (bits >>> 0).toString(16).padStart(8, '0');
