/** beside Hop 5/8 – the scripts as they are sent: comments and indentation would be hashed and transferred for nothing. */
import { readFileSync } from 'node:fs';

export const readScript = (name: string): string =>
  readFileSync(new URL(`../../lua/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('--'))
    .join('\n');
