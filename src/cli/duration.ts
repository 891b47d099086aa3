import { usageError } from './cliError.ts';

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `90s`, `30m`, `2h` or `7d` in seconds. `option` is named when it is none of these. */
export function parseDuration(text: string, option: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? [];
  if (count === '') throw usageError(`${option} must be a duration such as 90s, 30m, 2h or 7d.`);
  return Number(count) * SECONDS[unit as keyof typeof SECONDS];
}
