/** One button that goes round the three themes and says which one is on. */
import { useState } from 'react';
import { chooseTheme, savedTheme, THEMES, type Theme } from './theme.ts';

const LABELS: Record<Theme, string> = { system: 'System', light: 'Light', dark: 'Dark' };

export function ThemeToggle() {
  const [theme, setTheme] = useState(savedTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  return (
    <button
      type="button"
      className="quiet-button"
      data-testid="theme-toggle"
      aria-label={`Colours: ${LABELS[theme]}. Switch to ${LABELS[next]}`}
      onClick={() => {
        chooseTheme(next);
        setTheme(next);
      }}
    >
      <span className="theme-glyph" data-theme-now={theme} aria-hidden="true" />
      {LABELS[theme]}
    </button>
  );
}
