/** What every place of a saved cursor does. */
import { describe, expect, test } from 'vitest';
import type { CursorStore } from './cursor-store.ts';

export function describeCursorStore(name: string, create: () => CursorStore): void {
  describe(`${name}`, () => {
    test('knows nothing of a room that was never saved', () => {
      expect(create().get('chat:never')).toBeNull();
    });

    test('gives back what was set last, each room its own', () => {
      const store = create();
      store.set('chat:a', '1-1~m1');
      store.set('chat:b', '5-5~m5');
      store.set('chat:a', '2-2~m2');

      expect([store.get('chat:a'), store.get('chat:b')]).toEqual(['2-2~m2', '5-5~m5']);
    });

    test('a room may be called like a property of every object', () => {
      const store = create();
      expect(store.get('__proto__')).toBeNull();
      store.set('__proto__', '1-1~m1');

      expect(store.get('__proto__')).toBe('1-1~m1');
    });
  });
}
