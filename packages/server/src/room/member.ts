/** beside Hop 7/8 – what a room needs of a connection. */
import type { TextFrame } from './text-frame.ts';

export interface Member {
  /** The connection's ID, for the log. */
  readonly id: string;
  /** False while more waits in its socket than may; a room then leaves it where it stands. */
  readonly isWritable: boolean;
  /** Never throws; a closed connection drops it. A text is for this member alone, a `TextFrame` is shared by all. */
  send(frame: TextFrame | string): void;
  /** Calls the listener once, when the member is writable again. A listener may stay uncalled when the connection ends. */
  onceWritable(listener: () => void): void;
}
