/** The mark on one's own message: how far it has come. A shape for the eye, words for everyone else. */
import type { Delivery } from '../chat/conversation.ts';

const WORDS: Record<Delivery, string> = {
  unsent: 'Not sent yet, kept on this device',
  sending: 'Sent, waiting for the server to store it',
  stored: 'Stored',
  rejected: 'Not stored',
  unknown: 'Perhaps stored',
  forgotten: 'Was stored, then lost by the server',
};

const SHAPES: Record<Delivery, string> = {
  unsent: 'M8 4.5V8l2.5 1.5M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0',
  sending: 'M2.5 8.5h8M8 5l3.5 3.5L8 12M14 4v9',
  stored: 'M2.5 8.5l3.5 3.5 7.5-8',
  rejected: 'M4 4l8 8M12 4l-8 8',
  unknown: 'M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.6 8 9 8 10M8 12.6v.1',
  forgotten: 'M3 8h2M7 8h2M11 8h2',
};

export function Mark({ state }: { state: Delivery }) {
  return (
    <span className="mark" data-state={state} data-testid="mark" title={WORDS[state]}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path
          d={SHAPES[state]}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.75"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      <span className="visually-hidden">{WORDS[state]}</span>
    </span>
  );
}
