/**
 * What the page remembers between visits. Storage may be off or full (private windows, policies):
 * then the page works and remembers nothing. What is read back is checked like any other input.
 */
const PREFIX = 'holdline-demo:';

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): boolean {
  try {
    localStorage.setItem(PREFIX + key, value);
    return true;
  } catch {
    return false;
  }
}

export function recallJson(key: string): unknown {
  try {
    return JSON.parse(recall(key) ?? 'null') as unknown;
  } catch {
    return null;
  }
}
