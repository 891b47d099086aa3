const ISO = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?([Zz]|[+-]\d\d:?\d\d)$/;
const EPOCH = /^(\d{9,10})(?:\.(\d{1,9}))?$|^(\d{12,13})$/;
const DAY_MS = 86_400_000;

/** 2001-01-01 and 2100-01-01: within them seconds and milliseconds cannot be mistaken for each other. */
const EARLIEST_MS = 978_307_200_000;
const LATEST_MS = 4_102_444_800_000;

/**
 * A moment in epoch milliseconds from ISO 8601 with a zone (`2026-09-30T12:00:00Z`, what {{timenow}} gives), epoch
 * seconds or epoch milliseconds. Undefined when it is none of these or outside 2001–2099.
 */
export function readTime(text: string): number | undefined {
  const time = readEpoch(text) ?? readIso(text);
  return time !== undefined && time >= EARLIEST_MS && time < LATEST_MS ? time : undefined;
}

/** `2026-09-30T12:00:00.000Z` for epoch milliseconds of year 1970 or later. */
export function formatTime(epochMs: number): string {
  const days = Math.floor(epochMs / DAY_MS);
  const { year, month, day } = civilFromDays(days);
  const ms = epochMs - days * DAY_MS;
  const clock = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60]
    .map((part) => pad(part, 2))
    .join(':');
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${clock}.${pad(ms % 1000, 3)}Z`;
}

function readEpoch(text: string): number | undefined {
  const match = EPOCH.exec(text);
  if (!match) return undefined;
  if (match[3] !== undefined) return Number(match[3]);
  return Number(match[1]) * 1000 + milliseconds(match[2]);
}

function readIso(text: string): number | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const part = (index: number): number => Number(match[index] ?? '0');
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  const offset = zoneMinutes(match[8] ?? 'Z');
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || offset === undefined) return undefined;
  return daysFromCivil(year, month, day) * DAY_MS + ((hour * 60 + minute - offset) * 60 + second) * 1000 + milliseconds(match[7]);
}

function milliseconds(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'));
}

function zoneMinutes(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar, counting years from March so that the leap day comes last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const m = (month + 9) % 12;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return 365 * y + leapDays + Math.floor((153 * m + 2) / 5) + day - 1 - 719_468;
}

function civilFromDays(days: number): { year: number; month: number; day: number } {
  let year = 1970 + Math.floor(days / 366);
  while (daysFromCivil(year + 1, 1, 1) <= days) year += 1;
  let month = 12;
  while (daysFromCivil(year, month, 1) > days) month -= 1;
  return { year, month, day: days - daysFromCivil(year, month, 1) + 1 };
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
