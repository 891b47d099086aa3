/** What both of Bitget's servers speak alike. */

export type Params = Readonly<Record<string, string>>;

/** A refusal of Bitget: HTTP 400 with a code of five digits. */
export class BitgetError extends Error {
  override readonly name = 'BitgetError';
  readonly code: string;
  readonly status: number;
  constructor(code: string, msg: string, status = 400) {
    super(msg);
    this.code = code;
    this.status = status;
  }
}

/** What one endpoint of either market does. */
export interface Endpoint<C> {
  readonly signed: boolean;
  readonly run: (context: C, params: Params) => unknown;
}

export function required(params: Params, name: string): string {
  const value = params[name];
  if (value === undefined || value === '') throw new BitgetError('40019', `Parameter ${name} cannot be empty`);
  return value;
}

export function oneOf<const T extends string>(params: Params, name: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === required(params, name));
  if (found === undefined) throw new BitgetError('40017', `Parameter verification failed ${name}`);
  return found;
}

export function checkParams(params: Params, known: ReadonlySet<string>): void {
  for (const name of Object.keys(params)) if (!known.has(name)) throw new BitgetError('40017', `Parameter verification failed ${name}`);
}

/** What the key may do, in the venue's words. */
export function accountInfo(authorities: readonly string[]): unknown {
  return { userId: '1', inviterId: '1', ips: '127.0.0.1', authorities, parentId: 1, traderType: 'not_trader' };
}

const DAY_MS = 86_400_000;
const PER_PAGE = 100;

/** A page of what is listed, the newest first, and the id before which the next one begins. */
export function page<T>(
  rows: readonly T[],
  idOf: (row: T) => number,
  params: Params,
): { readonly rows: readonly T[]; readonly endId: string | null } {
  const limit = Number(params.limit ?? PER_PAGE);
  if (limit > PER_PAGE) throw new BitgetError('40017', 'Parameter verification failed limit');
  const newestFirst = rows.toSorted((a, b) => idOf(b) - idOf(a));
  const older = params.idLessThan === undefined ? newestFirst : newestFirst.filter((row) => idOf(row) < Number(params.idLessThan));
  const shown = older.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, endId: last === undefined ? null : String(idOf(last)) };
}

/** Whether a moment is in the time asked about; not more than so many days at once. */
export function within(params: Params, daysMax: number): (time: number) => boolean {
  const { startTime, endTime } = params;
  if (startTime !== undefined && endTime !== undefined && Number(endTime) - Number(startTime) > daysMax * DAY_MS)
    throw new BitgetError('40705', `The start and end time cannot exceed ${daysMax} days`);
  return (time) => time >= Number(startTime ?? 0) && time <= Number(endTime ?? Number.MAX_SAFE_INTEGER);
}
