import { durationSec } from '../lib/duration.ts';
import { usageError } from './cliError.ts';

/** `90s`, `30m`, `2h` or `7d` in seconds. `option` is named when it is none of these. */
export function parseDuration(text: string, option: string): number {
  const seconds = durationSec(text);
  if (seconds === null) throw usageError(`${option} must be a duration such as 90s, 30m, 2h or 7d.`);
  return seconds;
}
