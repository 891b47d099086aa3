import { VenueSetupError } from '../../exchange.ts';
import type { CcxtExchange } from '../loadCcxt.ts';

/** JSON of a request: amounts as text. */
export type OkxParams = Readonly<Record<string, string | boolean>>;

interface Signed {
  readonly headers?: Readonly<Record<string, string>>;
}

/** ccxt's implicit methods: one per endpoint of the venue. */
export interface OkxExchange extends CcxtExchange {
  readonly options: Readonly<Record<string, unknown>>;
  /** Epoch ms in the venue's time. */
  nonce(): number;
  sign(path: string, api: unknown, method: string, ...rest: unknown[]): Signed;
  privatePostTradeOrder(params: OkxParams): Promise<unknown>;
  privatePostTradeOrderAlgo(params: OkxParams): Promise<unknown>;
  privatePostTradeCancelOrder(params: OkxParams): Promise<unknown>;
  privatePostTradeCancelAlgos(params: readonly OkxParams[]): Promise<unknown>;
  privateGetTradeOrder(params: OkxParams): Promise<unknown>;
  privateGetTradeOrderAlgo(params: OkxParams): Promise<unknown>;
  privateGetTradeOrdersPending(params: OkxParams): Promise<unknown>;
  privateGetTradeOrdersHistory(params: OkxParams): Promise<unknown>;
  privateGetTradeOrdersAlgoPending(params: OkxParams): Promise<unknown>;
  privateGetTradeFills(params: OkxParams): Promise<unknown>;
  privateGetTradeFillsHistory(params: OkxParams): Promise<unknown>;
  privateGetAccountBalance(): Promise<unknown>;
  privateGetAccountConfig(): Promise<unknown>;
  privateGetAccountPositions(params: OkxParams): Promise<unknown>;
  privateGetAccountBills(params: OkxParams): Promise<unknown>;
  privateGetAccountBillsArchive(params: OkxParams): Promise<unknown>;
  privatePostAccountSetLeverage(params: OkxParams): Promise<unknown>;
}

/** The most rows any list of OKX gives at once. */
export const PER_PAGE = 100;
const PAGES_MAX = 50;

/** Every row of a list that begins with the newest and goes on after the id of the last. Throws `tooMany` rather than leave out the oldest. */
export async function everyPage<T>(
  ask: (page: OkxParams) => Promise<readonly T[]>,
  idOf: (row: T) => string,
  tooMany: () => Error,
): Promise<readonly T[]> {
  const rows: T[] = [];
  let after: OkxParams = {};
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const listed = await ask({ limit: String(PER_PAGE), ...after });
    rows.push(...listed);
    const last = listed.at(-1);
    if (last === undefined || listed.length < PER_PAGE) return rows;
    after = { after: idOf(last) };
  }
  throw tooMany();
}

/**
 * Gives every new order the deadline `expTime`, past which OKX discards it even when it has been read in time (docs-v5, "Transaction
 * timeouts"). Not signed, and not taken for algo orders. ccxt has no parameter for headers, and makes them where it signs.
 */
export function fenceOrders(exchange: OkxExchange): void {
  const sign = exchange.sign.bind(exchange);
  const windowMs = Number(exchange.options.recvWindow);
  exchange.sign = (path, api, method, ...rest) => {
    const signed = sign(path, api, method, ...rest);
    if (method !== 'POST' || path !== 'trade/order') return signed;
    return { ...signed, headers: { ...signed.headers, expTime: String(exchange.nonce() + windowMs) } };
  };
}

/**
 * Which margin orders use. OKX keeps no such setting: each order says it, so it must be the same for whoever leads, and comes from the
 * configuration. Throws `VenueSetupError`.
 */
export function marginModeOf({ options }: OkxExchange): 'cross' | 'isolated' {
  const { defaultMarginMode = 'cross' } = options;
  if (defaultMarginMode === 'cross' || defaultMarginMode === 'isolated') return defaultMarginMode;
  throw new VenueSetupError('VENUE_CONFIG', 'CCXT_CONFIG: "okx.options.defaultMarginMode" must be "cross" or "isolated".');
}
