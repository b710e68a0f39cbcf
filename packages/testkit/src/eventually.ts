// Waits for a condition with a deadline, in place of a sleep.

export interface EventuallyOptions {
  /** @defaultValue 5000 */
  deadlineMs?: number;
  /** @defaultValue 10 */
  intervalMs?: number;
  /** Named in the error when the deadline passes. */
  what?: string;
}

/** Calls `check` until it neither throws nor answers false, and gives its answer; rejects with its last error at the deadline. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { deadlineMs = 5000, intervalMs = 10, what = 'the condition' }: EventuallyOptions = {},
): Promise<Exclude<T, false>> {
  const endsAt = performance.now() + deadlineMs;
  for (;;) {
    let lastError: unknown;
    try {
      const answer = await check();
      if (answer !== false) return answer as Exclude<T, false>;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= endsAt) {
      const detail = lastError instanceof Error ? `: ${lastError.message}` : '';
      throw new Error(`${what} did not hold within ${deadlineMs} ms${detail}`, { cause: lastError });
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
