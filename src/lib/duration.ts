const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `90s`, `30m`, `2h` or `7d` in seconds; null for anything else. */
export function durationSec(text: string): number | null {
  const [, count = '', unit = ''] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? [];
  return count === '' ? null : Number(count) * SECONDS[unit as keyof typeof SECONDS];
}
