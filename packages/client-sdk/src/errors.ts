/** The one error class of the SDK. Codes and their meaning: the table in docs/PROTOCOL.md. */
import type { ErrorCode, RetryVerdict } from '@holdline/protocol';

/** Facts about an error, as far as they are known; never a token or what a user wrote. */
export interface ErrorDetail {
  readonly room?: string;
  /** The close code of the socket. */
  readonly closeCode?: number;
}

export interface HoldlineErrorOptions {
  /** @defaultValue 'never' */
  readonly retry?: RetryVerdict;
  readonly detail?: ErrorDetail;
  readonly cause?: unknown;
  /** What stands behind the code in the text: the server's own words, or the option or name that makes no sense. */
  readonly message?: string | undefined;
}

/** Why something did not happen. `code` is stable and says what; the text of `message` is for people. */
export class HoldlineError extends Error {
  override readonly name = 'HoldlineError';
  /** A code of the table; a newer server may send one that this version does not list. */
  declare readonly code: ErrorCode | (string & {});
  /** What may be done about it: nothing, again later, or again with a new token. */
  declare readonly retry: RetryVerdict;
  declare readonly detail: ErrorDetail;

  constructor(code: HoldlineError['code'], options: HoldlineErrorOptions = {}) {
    const { retry = 'never', detail = {}, message } = options;
    // A server of another mind may send anything as its message.
    super(typeof message === 'string' ? `${code}: ${message}` : code, options);
    Object.assign(this, { code, retry, detail });
  }
}
