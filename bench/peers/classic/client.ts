// A client of the classic server: the room is in the path, and a frame is a payload.

import type { ClientProtocol } from '../../clients/client-protocol.ts';

export const CLASSIC_PROTOCOL: ClientProtocol = {
  acks: 'never',
  upgrade: ({ role, room }) => ({ path: role === 'member' ? `/${room}` : `/${room}/publish` }),
  session: (spec, line) => ({
    opened() {
      if (spec.role === 'publisher') line.ready();
    },
    received(frame) {
      if (line.deliver(frame, 0)) return;
      if (frame.toString() === 'joined') line.ready();
      else line.fault(frame.toString());
    },
    publish: (payload) => line.sendText(payload),
  }),
};
