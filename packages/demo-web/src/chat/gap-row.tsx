/** The break in the line: what is missing here, and why. */
import { memo } from 'react';
import type { GapRow as GapRowData } from './conversation.ts';
import { gapWords } from './wording.ts';

export const GapRow = memo(function GapRow({ row }: { row: GapRowData }) {
  const words = gapWords(row);
  return (
    <li className="row gap" data-testid="gap" data-reason={row.reason} data-missed={row.missed ?? 'unknown'}>
      <span className="break" aria-hidden="true">
        <svg viewBox="0 0 24 24" width="24" height="24">
          <path d="M12 0v6l-5 3 10 5-5 3v7" fill="none" stroke="currentColor" strokeWidth="2" strokeLinejoin="round" />
        </svg>
      </span>
      <div className="gap-words">
        <p className="gap-title">{words.title}</p>
        <p className="gap-detail">{words.detail}</p>
      </div>
    </li>
  );
});
