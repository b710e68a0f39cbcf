import fc from 'fast-check';
import { Command } from 'ioredis';
import { expect, test } from 'vitest';
import { bulk, RawCommand } from './raw-command.ts';

const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.constantFrom('', '\r\n', '$3\r\nabc\r\n', 'grüße 😀', '\ud800'),
);

test('a raw command says what the client would have made of its arguments', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 6 }), (values) => {
      const raw = new RawCommand('evalsha', values.length, values.map(bulk).join(''));

      expect(raw.toWritable()).toBe(new Command('evalsha', values).toWritable({}));
    }),
  );
});
