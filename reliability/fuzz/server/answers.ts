/** What the server said to an attacker is held to the tables, too: frames that decode, codes that exist, with their verdict. */
import { CLOSE_CODES, decodeServerFrame, ERROR_CODES, type ErrorCode, type ServerFrame } from '@holdline/protocol';

const KNOWN_CLOSES: ReadonlySet<number> = new Set(Object.values(CLOSE_CODES).map(({ code }) => code));

export function faultsOfAnswers(texts: readonly string[], closeCode: number | null): readonly string[] {
  const faults = texts.flatMap((text) => {
    const decoded = decodeServerFrame(text);
    if (!decoded.ok) return [`an answer that no client can read: ${decoded.message}: ${text.slice(0, 300)}`];
    const { frame } = decoded;
    return (frame.type === 'batch' ? frame.frames : [frame]).flatMap(faultOfFrame);
  });
  return closeCode === null || KNOWN_CLOSES.has(closeCode)
    ? faults
    : [...faults, `close code ${closeCode} is in no table`];
}

function faultOfFrame(frame: ServerFrame): readonly string[] {
  if (frame.type !== 'error' && frame.type !== 'nack') return [];
  if (!Object.hasOwn(ERROR_CODES, frame.code)) return [`the code ${frame.code} is in no table`];
  const { retry, scope } = ERROR_CODES[frame.code as ErrorCode];
  if (scope === 'client') return [`${frame.code} is for clients to raise`];
  if (frame.code === 'internal') return ['internal: a fault of the server'];
  return frame.retry === retry ? [] : [`${frame.code} came with the verdict ${frame.retry}`];
}
