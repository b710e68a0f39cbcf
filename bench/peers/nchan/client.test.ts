import { expect, test } from 'vitest';
import { LineRecorder, testPayload, testSpec } from '../../clients/line-recorder.ts';
import { NCHAN_PROTOCOL } from './client.ts';

test('a subscriber takes the message behind its ID, and goes on after the newest one', () => {
  const line = new LineRecorder();
  const spec = testSpec({ isResumable: true });
  const session = NCHAN_PROTOCOL.session(spec, line);

  session.opened();
  session.received(Buffer.from(`id: 1795342577:0\n\n${testPayload(0)}`), false);
  session.received(Buffer.from(`id: 1795342577:1\n\n${testPayload(1)}`), false);

  expect(line.delivered).toEqual([0, 1]);
  expect(session.cursor?.()).toBe('1795342577:1');
  expect(NCHAN_PROTOCOL.upgrade({ ...spec, resume: '1795342577:1' }).path).toBe(
    '/sub/lobby?last_event_id=1795342577%3A1',
  );
});

test('a subscriber that has received nothing has nothing to go on from', () => {
  const spec = testSpec({ isResumable: true });

  expect(NCHAN_PROTOCOL.session(spec, new LineRecorder()).cursor?.()).toBeUndefined();
  expect(NCHAN_PROTOCOL.upgrade(spec).path).toBe('/sub/lobby');
});

test('a publisher counts the answers to its messages, and tells of any other', () => {
  const line = new LineRecorder();
  const session = NCHAN_PROTOCOL.session(testSpec({ role: 'publisher' }), line);

  session.opened();
  session.publish(testPayload(0), 0);
  session.received(Buffer.from('queued messages: 1\r\nlast requested: 0 sec. ago\r\n'), false);
  session.received(Buffer.from('503 Service Unavailable'), false);

  expect(line.readies).toBe(1);
  expect(line.sent).toEqual([testPayload(0)]);
  expect(line.acks).toBe(1);
  expect(line.faults).toEqual(['503 Service Unavailable']);
});
