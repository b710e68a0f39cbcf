import { expect, test } from 'vitest';
import { WriteTurn } from './write-turn.ts';

function record() {
  const events: string[] = [];
  const gathered = (name: string) => ({ flush: () => void events.push(name) });
  return { events, gathered };
}

test('messages go at the end of the task, answers at the end of the turn', async () => {
  const { events, gathered } = record();
  const turn = new WriteTurn();

  turn.addAnswers(gathered('answer'));
  turn.addMessages(gathered('message 1'));
  turn.addMessages(gathered('message 2'));
  expect(events).toEqual([]);
  await Promise.resolve();
  expect(events).toEqual(['message 1', 'message 2']);
  await new Promise((resolve) => setImmediate(resolve));

  expect(events).toEqual(['message 1', 'message 2', 'answer']);
});

test('what is added during a flush goes with the next one', async () => {
  const { events, gathered } = record();
  const turn = new WriteTurn();

  turn.addMessages({ flush: () => turn.addMessages(gathered('later')) });
  turn.addMessages(gathered('sooner'));
  await Promise.resolve();
  await Promise.resolve();

  expect(events).toEqual(['sooner', 'later']);
});
