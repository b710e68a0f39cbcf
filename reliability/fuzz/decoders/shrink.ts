/** Cuts a failing text down while it goes on failing. Bounded: after so many tries the shortest so far stands. */

const MAX_TRIES = 3000;

export function shrink(text: string, fails: (text: string) => boolean): string {
  let shortest = text;
  let tries = 0;
  for (let size = Math.ceil(shortest.length / 2); size >= 1 && tries < MAX_TRIES; size = Math.floor(size / 2)) {
    for (let at = 0; at < shortest.length && tries < MAX_TRIES; tries += 1) {
      const shorter = shortest.slice(0, at) + shortest.slice(at + size);
      if (fails(shorter)) shortest = shorter;
      else at += size;
    }
  }
  return shortest;
}
