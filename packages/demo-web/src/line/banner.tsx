/**
 * The state of the line in words. The frame is always on the page, because a live region must be there
 * before what it announces; the countdown is for the eye only, or it would be read out every second.
 */
import type { RoomStatus } from '../chat/events.ts';
import type { CaughtUp } from '../chat/rooms.ts';
import type { SessionView } from '../chat/session.ts';
import { focusToMessages } from '../theme/hand-over-focus.ts';
import { bannerWords, restoredWords } from './banner-text.ts';
import { useCountdown } from './use-countdown.ts';

interface Props {
  readonly line: SessionView;
  readonly room: RoomStatus;
  /** After an interruption, for a moment. */
  readonly caughtUp: CaughtUp | null;
  readonly onRetry: () => void;
}

export function Banner({ line, room, caughtUp, onRetry }: Props) {
  const seconds = useCountdown(line.retryAt);
  const words = bannerWords(line.state, room, line.waiting) ?? (caughtUp && restoredWords(caughtUp));
  const isCounting = line.state === 'reconnecting' && seconds !== null;
  return (
    <div
      className="banner"
      data-testid="banner"
      data-state={words?.state ?? 'connected'}
      data-connection={line.state}
      data-reason={line.reason ?? undefined}
    >
      <div className="banner-text">
        <output>
          {words !== null && (
            <>
              <strong>{words.title}</strong> {words.detail}
            </>
          )}
        </output>
        {isCounting && (
          <span className="banner-count" data-testid="countdown" aria-hidden="true">
            {seconds === 0 ? 'Trying now…' : `Next try in ${seconds} s.`}
          </span>
        )}
      </div>
      {words?.canRetry === true && (
        <button ref={focusToMessages} type="button" className="banner-button" data-testid="retry-now" onClick={onRetry}>
          Retry now
        </button>
      )}
    </div>
  );
}
