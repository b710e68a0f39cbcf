/** The writing field: Enter sends, Shift+Enter breaks the line. Text that could not be taken stays in the field. */
import { useLayoutEffect, useRef, type KeyboardEvent, type SyntheticEvent } from 'react';
import { COMPOSER_ID } from '../theme/hand-over-focus.ts';
import { roomTitle } from './room-names.ts';

interface Props {
  readonly room: string;
  readonly draft: string;
  readonly isDisabled: boolean;
  readonly onDraft: (text: string) => void;
  readonly onSend: (text: string) => void;
}

const MAX_LENGTH = 8_000;

export function Composer({ room, draft, isDisabled, onDraft, onSend }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  const label = `Message to ${roomTitle(room)}`;
  // As high as its text, up to the limit in the style sheet.
  useLayoutEffect(() => {
    const box = field.current;
    if (box === null) return;
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight}px`;
  }, [draft]);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const text = draft.trim();
    if (text === '' || isDisabled) return;
    onSend(text);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // While an input method composes, Enter belongs to it.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) submit(event);
  };

  return (
    <form className="composer" onSubmit={submit} data-testid="composer">
      <div className="composer-field">
        <textarea
          ref={field}
          id={COMPOSER_ID}
          rows={1}
          value={draft}
          maxLength={MAX_LENGTH}
          placeholder={label}
          aria-label={label}
          enterKeyHint="send"
          dir="auto"
          disabled={isDisabled}
          onChange={(event) => onDraft(event.target.value)}
          onKeyDown={onKeyDown}
          data-testid="composer-input"
        />
        <button type="submit" className="send" disabled={isDisabled || draft.trim() === ''} data-testid="send">
          <span>Send</span>
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path
              d="M8 13.5v-11M3.5 7L8 2.5 12.5 7"
              fill="none"
              stroke="currentColor"
              strokeWidth="1.75"
              strokeLinecap="round"
              strokeLinejoin="round"
            />
          </svg>
        </button>
      </div>
    </form>
  );
}
