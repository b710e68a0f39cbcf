// The libraries that an application would use, as the workload `browser` needs them: join a room, count what comes. Both on
// the WebSocket of ws, so that the transport costs alike.

import { createClient } from '@holdline/client';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';

export type Library = 'holdline' | 'socketio';

/** Resolves when messages come. */
export type Connect = (port: number, room: string, onMessage: (payload: string) => void) => Promise<void>;

const connectHoldline: Connect = async (port, name, onMessage) => {
  const client = createClient({ url: `ws://127.0.0.1:${port}`, storage: 'memory', WebSocket });
  const room = client.room(name);
  room.on('message', ({ data }) => onMessage(data as string));
  await room.join();
};

const connectSocketIo: Connect = async (port, room, onMessage) => {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true });
  socket.on('m', onMessage);
  await socket.emitWithAck('join', room);
};

export const LIBRARIES: Readonly<Record<Library, Connect>> = { holdline: connectHoldline, socketio: connectSocketIo };
