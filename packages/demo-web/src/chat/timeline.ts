/**
 * Rows → what stands in the list: a separator where a day begins, one where the unread part begins,
 * and which messages follow so closely on one of the same person that the name is not repeated. Pure.
 */
import type { GapRow, MessageRow, Row } from './conversation.ts';

export type TimelineItem =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'gap'; readonly key: string; readonly row: GapRow }
  | { readonly kind: 'message'; readonly key: string; readonly row: MessageRow; readonly isFollowUp: boolean };

const FOLLOW_UP_MS = 5 * 60_000;

export function timelineOf(rows: readonly Row[], newAfter: number | null): readonly TimelineItem[] {
  const items: TimelineItem[] = [];
  let previous: MessageRow | null = null;
  let day: string | null = null;
  let isNewShown = newAfter === null;
  for (const row of rows) {
    if (row.kind === 'gap') {
      items.push({ kind: 'gap', key: row.key, row });
      previous = null;
      continue;
    }
    const rowDay = dayOf(row.at);
    if (rowDay !== day) {
      // Named after the row that it precedes: clocks may step, and a day may come twice.
      items.push({ kind: 'day', key: `day:${rowDay}:${row.key}`, at: row.at });
      day = rowDay;
      previous = null;
    }
    if (!isNewShown && !row.isOwn && row.n !== null && row.n > (newAfter ?? 0)) {
      items.push({ kind: 'new', key: 'new' });
      isNewShown = true;
      previous = null;
    }
    items.push({ kind: 'message', key: row.key, row, isFollowUp: follows(row, previous) });
    previous = row;
  }
  return items;
}

const follows = (row: MessageRow, previous: MessageRow | null): boolean =>
  previous !== null && previous.sender === row.sender && row.at - previous.at < FOLLOW_UP_MS;

/** The reader's own calendar day. */
function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** `Today`, `Yesterday`, or the date in the reader's language. */
export function dayLabel(at: number, now: number, locale?: string): string {
  if (dayOf(at) === dayOf(now)) return 'Today';
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayOf(at) === dayOf(yesterday.getTime())) return 'Yesterday';
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return new Date(at).toLocaleDateString(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
}

export const timeLabel = (at: number, locale?: string): string =>
  new Date(at).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' });
