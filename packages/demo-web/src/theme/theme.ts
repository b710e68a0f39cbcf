/** Light, dark, or as the system says. The choice is an attribute of the root element; tokens.css does the rest. */
import { recall, remember } from '../storage.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const savedTheme = (): Theme => THEMES.find((theme) => theme === recall('theme')) ?? 'system';

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export function chooseTheme(theme: Theme): void {
  applyTheme(theme);
  remember('theme', theme);
}
