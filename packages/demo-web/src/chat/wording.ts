/** What the page says about gaps and refused messages: what happened, and what the reader can do. */
import type { GapRow } from './conversation.ts';

const many = (count: number | null, what = 'message'): string =>
  count === null ? `An unknown number of ${what}s` : `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;

const are = (count: number | null): string => (count === 1 ? 'is' : 'are');

export interface Words {
  readonly title: string;
  readonly detail: string;
}

export function gapWords({ reason, missed }: Pick<GapRow, 'reason' | 'missed'>): Words {
  switch (reason) {
    case 'trimmed':
      return {
        title: `${many(missed)} ${are(missed)} missing here`,
        detail: 'This room keeps only its newest messages, and these made room for others while you were away.',
      };
    case 'expired':
      return {
        title: `${many(missed)} ${are(missed)} missing here`,
        detail: 'They grew older than this room keeps messages before you came back.',
      };
    case 'deleted':
      return {
        title: missed === 1 ? '1 message was removed here' : `${many(missed)} were removed here`,
        detail: 'Someone who runs this service took them out of the room’s history.',
      };
    case 'rewritten':
      return {
        title: `The server lost ${missed === null ? 'messages' : many(missed)} of this room`,
        detail:
          'Its store went back to an older copy. What you had seen is marked above; the room goes on from the copy.',
      };
    case 'lost':
      return {
        title: 'The earlier history of this room is gone',
        detail: 'The server’s store no longer knows what you had seen. The room starts anew below.',
      };
  }
}

/** Why a message was not stored, by error code. */
const REFUSALS = new Map(
  Object.entries({
    forbidden: 'You may not write in this room.',
    message_too_large: 'It is too long for this server.',
    bad_data: 'The server did not accept what it holds.',
    message_id_conflict: 'Another message with the same ID was stored before.',
    outbox_full: 'Too many messages are waiting on this device.',
    poison: 'It broke the connection three times, so it was given up.',
    aborted: 'It was withdrawn before it was sent.',
    closed: 'The chat was closed before it was sent.',
  }),
);

export const refusalWords = (code: string | null): Words => ({
  title: 'Not stored',
  detail: REFUSALS.get(code ?? '') ?? `The server refused it${code === null ? '' : ` (${code})`}.`,
});

export const UNKNOWN_WORDS: Words = {
  title: 'Perhaps stored',
  detail:
    'It was sent too long ago to tell whether it arrived. It is never sent again by itself: look above before you send it anew.',
};
