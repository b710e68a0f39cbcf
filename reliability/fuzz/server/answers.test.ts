import { expect, test } from 'vitest';
import { faultsOfAnswers } from './answers.ts';

const error = { type: 'error', code: 'bad_room', retry: 'never' };

test('answers that follow the tables have no fault', () => {
  expect(faultsOfAnswers([JSON.stringify(error), '{"type":"pong"}'], 4400)).toEqual([]);
  expect(faultsOfAnswers([], null)).toEqual([]);
});

test.each([
  ['a code that is in no table', { ...error, code: 'oops' }, 'the code oops is in no table'],
  ['a verdict that is not that of its code', { ...error, retry: 'backoff' }, 'bad_room came with the verdict backoff'],
  ['a code that only clients raise', { ...error, code: 'poison' }, 'poison is for clients to raise'],
  ['a fault of the server', { ...error, code: 'internal', retry: 'backoff' }, 'internal: a fault of the server'],
  ['one of these in a batch', { type: 'batch', frames: [{ ...error, code: 'oops' }] }, 'the code oops is in no table'],
  [
    'a frame that no client can read',
    { type: 'live' },
    'an answer that no client can read: live.room: {"type":"live"}',
  ],
])('%s is one', (_name, frame, fault) => {
  expect(faultsOfAnswers([JSON.stringify(frame)], null)).toEqual([fault]);
});

test('a close code that is in no table is one', () => {
  expect(faultsOfAnswers([], 4999)).toEqual(['close code 4999 is in no table']);
});
