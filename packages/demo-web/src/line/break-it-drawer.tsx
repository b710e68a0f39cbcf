/** The drawer that does real harm to this tab's connection, so that a visitor sees the line hold. */
import { useEffect, useRef } from 'react';
import type { LineActions } from './use-line-actions.ts';
import type { LineLogEntry } from './line-log.ts';
import { LineLog } from './line-log-list.tsx';
import { Proof, type ProofNumbers } from './proof.tsx';

interface Props {
  readonly actions: LineActions;
  readonly isBlocked: boolean;
  /** Short name of the instance that `move` goes to; null with only one. */
  readonly otherName: string | null;
  readonly waiting: number;
  readonly log: readonly LineLogEntry[];
  readonly proof: ProofNumbers;
  /** On a phone, the rooms lie above it. */
  readonly isBehindSheet: boolean;
  readonly onClose: () => void;
}

export function BreakItDrawer(props: Props) {
  const { actions, isBlocked, otherName, waiting, log, proof, isBehindSheet, onClose } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <aside id="break-it" className="drawer" aria-labelledby="break-it-title" data-testid="drawer" inert={isBehindSheet}>
      <div className="drawer-head">
        <h2 id="break-it-title" ref={heading} tabIndex={-1}>
          Break it
        </h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose} data-testid="close-drawer">
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M4 4l8 8M12 4l-8 8" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" />
          </svg>
        </button>
      </div>
      <p className="drawer-lead">
        Each of these really happens to this tab’s connection. Watch the conversation meanwhile.
      </p>
      <ul className="actions">
        <Action
          id="break-cut"
          title="Cut my connection"
          detail="What was under way is lost. It comes back by itself."
          onClick={actions.cut}
          isDisabled={isBlocked}
        />
        {isBlocked ? (
          <Action
            id="break-online"
            title="Back online"
            detail={waiting > 0 ? `${waiting} waiting to be sent.` : 'Write something first: it waits on this device.'}
            onClick={actions.goOnline}
            isPressed
          />
        ) : (
          <Action
            id="break-offline"
            title="Go offline"
            detail="No connection until you say so. Go on writing meanwhile."
            onClick={actions.goOffline}
          />
        )}
        {otherName !== null && (
          <Action
            id="break-move"
            title={`Move to instance ${otherName}`}
            detail="The other server picks up where this one stops."
            onClick={actions.move}
            isDisabled={isBlocked}
          />
        )}
        <Action
          id="break-burst"
          title="Send a burst of 20"
          detail="Numbered, so that a swap or a double would show."
          onClick={actions.burst}
        />
      </ul>
      {isBlocked && (
        <p className="drawer-hint" data-testid="offline-hint">
          You are cut off. Write a message, even close the tab: it is sent once when you are back.
        </p>
      )}
      <Proof numbers={proof} />
      <LineLog entries={log} />
    </aside>
  );
}

interface ActionProps {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  readonly isDisabled?: boolean;
  readonly isPressed?: boolean;
  readonly onClick: () => void;
}

function Action({ id, title, detail, isDisabled = false, isPressed = false, onClick }: ActionProps) {
  return (
    <li>
      <button
        type="button"
        className="action"
        data-testid={id}
        data-pressed={isPressed}
        disabled={isDisabled}
        onClick={onClick}
      >
        <span className="action-title">{title}</span>
        <span className="action-detail">{detail}</span>
      </button>
    </li>
  );
}
