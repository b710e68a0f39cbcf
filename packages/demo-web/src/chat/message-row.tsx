/** One message: who, when, the text as text, and for one's own the mark. Memoised, so that a long list stays quick. */
import { memo } from 'react';
import { Mark } from '../line/mark.tsx';
import { focusToMessages } from '../theme/hand-over-focus.ts';
import type { Delivery, MessageRow as MessageRowData } from './conversation.ts';
import { initialOf, toneOf } from './names.ts';
import { timeLabel } from './timeline.ts';
import { refusalWords, UNKNOWN_WORDS, type Words } from './wording.ts';

export interface RowActions {
  /** Takes the text back into the writing field and the row off the page. */
  readonly edit: (row: MessageRowData) => void;
  /** Sends the text as a new message and takes the old row off the page. */
  readonly sendAgain: (row: MessageRowData) => void;
  readonly dismiss: (row: MessageRowData) => void;
}

interface Props {
  readonly row: MessageRowData;
  readonly isFollowUp: boolean;
  readonly actions: RowActions;
}

export const MessageRow = memo(function MessageRow({ row, isFollowUp, actions }: Props) {
  const name = row.sender ?? 'Service';
  return (
    <li
      className="row message"
      data-testid="message"
      data-message-id={row.messageId}
      data-stream-id={row.streamId ?? undefined}
      data-n={row.n ?? undefined}
      data-state={row.state}
      data-own={row.isOwn}
      data-follow-up={isFollowUp}
    >
      <span className="node" data-tone={toneOf(name)} aria-hidden="true">
        {isFollowUp ? '' : initialOf(name)}
      </span>
      <div className="message-content">
        <p className={isFollowUp ? 'visually-hidden' : 'message-head'}>
          <span className="message-sender" data-testid="message-sender">
            {row.isOwn ? `${name} (you)` : name}
          </span>{' '}
          <time dateTime={new Date(row.at).toISOString()} data-testid="message-time">
            {timeLabel(row.at)}
          </time>
        </p>
        <div className="message-line">
          <p className="message-body" data-testid="message-body" dir="auto">
            {row.body}
          </p>
          {row.isOwn && <Mark state={row.state} />}
        </div>
        <Outcome row={row} actions={actions} />
      </div>
    </li>
  );
});

const FORGOTTEN_WORDS: Words = {
  title: 'No longer on the server',
  detail: 'It was stored, and lost when the store went back to an older copy.',
};

const wordsFor = (state: Delivery, code: string | null): Words | null => {
  if (state === 'rejected') return refusalWords(code);
  if (state === 'unknown') return UNKNOWN_WORDS;
  return state === 'forgotten' ? FORGOTTEN_WORDS : null;
};

/** Why a message is not where it should be, and what can be done about it. */
function Outcome({ row, actions }: Omit<Props, 'isFollowUp'>) {
  const words = wordsFor(row.state, row.code);
  if (words === null) return null;
  return (
    <div className="outcome" data-testid="outcome" data-state={row.state} data-code={row.code ?? undefined}>
      <p>
        <strong>{words.title}.</strong> {words.detail}
      </p>
      {row.isOwn && (
        <p ref={focusToMessages} className="outcome-actions">
          {row.state === 'rejected' && (
            <button type="button" className="link-button" data-testid="row-edit" onClick={() => actions.edit(row)}>
              Edit and send again
            </button>
          )}
          {row.state !== 'rejected' && (
            <button
              type="button"
              className="link-button"
              data-testid="row-resend"
              onClick={() => actions.sendAgain(row)}
            >
              Send as a new message
            </button>
          )}
          {row.state !== 'forgotten' && (
            <button
              type="button"
              className="link-button"
              data-testid="row-dismiss"
              onClick={() => actions.dismiss(row)}
            >
              Dismiss
            </button>
          )}
        </p>
      )}
    </div>
  );
}
