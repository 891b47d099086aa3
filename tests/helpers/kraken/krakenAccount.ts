import { randomBytes } from 'node:crypto';
import { Decimal, ZERO } from '../../../src/domain/money.ts';
import type { BookTrade } from '../venue/bookTypes.ts';
import { FEES } from './krakenBook.ts';
import { type KrakenContext, oneOf, type Params, param, whole } from './krakenContext.ts';
import { ledgerId, tradeTxid } from './krakenIds.ts';
import { balanceText, rulesOfAll } from './krakenPairs.ts';
import { seconds, termsOf } from './krakenShown.ts';

const TOKEN_LIVES_SEC = 900;

/** POST /0/private/Balance: with what open orders hold. */
export function balances({ book: { wallet } }: KrakenContext): unknown {
  return Object.fromEntries(wallet.assets().map((id) => [id, balanceText(id, wallet.total(id))]));
}

/** POST /0/private/BalanceEx: the same, and how much of it open orders hold. */
export function balanceEx({ book: { wallet } }: KrakenContext): unknown {
  const row = (id: string) => ({ balance: balanceText(id, wallet.total(id)), hold_trade: balanceText(id, wallet.locked(id)) });
  return Object.fromEntries(wallet.assets().map((id) => [id, row(id)]));
}

/** POST /0/private/TradeBalance, of an account without margin. */
export function tradeBalance({ book }: KrakenContext): unknown {
  const { wallet } = book;
  const worth = book.symbols
    .filter(({ quote }) => quote === 'ZUSD')
    .reduce((sum, { base, symbol }) => sum.add(wallet.total(base).mul(book.market(symbol).price)), wallet.total('ZUSD'));
  const [eb, nothing] = [worth.toFixed(4), '0.0000'];
  return { eb, tb: wallet.free('ZUSD').toFixed(4), m: nothing, uv: nothing, n: nothing, c: nothing, v: nothing, e: eb, mf: eb };
}

/** POST /0/private/TradeVolume. */
export function tradeVolume(context: KrakenContext, params: Params): unknown {
  const traded = context.book.trades.reduce((sum, { qty, price }) => sum.add(qty.mul(price)), ZERO);
  const volume = { currency: 'ZUSD', volume: traded.toFixed(4) };
  if (param(params, 'pair') === undefined) return volume;
  const percent = (rate: string): string => new Decimal(rate).mul(100).toFixed(4);
  const of = (rate: string) =>
    Object.fromEntries(
      rulesOfAll(context, param(params, 'pair')).map(({ symbol }) => [
        symbol,
        { fee: percent(rate), minfee: '0.0000', maxfee: percent(rate), nextfee: null, nextvolume: null, tiervolume: '0.0000' },
      ]),
    );
  return { ...volume, fees: of(FEES.taker), fees_maker: of(FEES.maker) };
}

interface LedgerRow {
  readonly trade: BookTrade;
  readonly asset: string;
  readonly amount: Decimal;
  readonly fee: Decimal;
}

/** POST /0/private/Ledgers: what was paid and what was got for it; the fee is in the asset it was taken from. */
export function ledgers(context: KrakenContext, params: Params): unknown {
  const type = oneOf(params, 'type', ['all', 'trade', 'deposit', 'withdrawal', 'transfer', 'margin', 'adjustment', 'staking'], 'all');
  const asset = param(params, 'asset') ?? 'all';
  const [from, to, ofs] = [whole(params, 'start', 0), whole(params, 'end', 9_999_999_999), whole(params, 'ofs', 0)];
  const rows = newestFirst(context)
    .filter((row) => (type === 'all' || type === 'trade') && (asset === 'all' || row.asset === asset))
    .filter(({ trade }) => seconds(trade.time) > from && seconds(trade.time) <= to);
  return { ledger: Object.fromEntries(rows.slice(ofs, ofs + 50).map((row) => [row.id, shownRow(row)])), count: rows.length };
}

/** Each with what there was of its asset after it, counted back from what there is. */
function newestFirst(context: KrakenContext): readonly (LedgerRow & { readonly id: string; readonly balance: Decimal })[] {
  const { wallet } = context.book;
  const after = new Map(wallet.assets().map((id) => [id, wallet.total(id)]));
  const rows = context.book.trades.flatMap((trade) => rowsOf(context, trade)).map((row, index) => ({ ...row, id: ledgerId(index + 1) }));
  return rows.toReversed().map((row) => {
    const balance = after.get(row.asset) ?? ZERO;
    after.set(row.asset, balance.sub(row.amount).add(row.fee));
    return { ...row, balance };
  });
}

function rowsOf(context: KrakenContext, trade: BookTrade): readonly LedgerRow[] {
  const { rules } = context.book.market(trade.symbol);
  const order = context.book.orders.find(({ orderId }) => orderId === trade.orderId);
  const inBase = order !== undefined && termsOf(context, order).oflags.includes('fcib');
  const sign = trade.side === 'BUY' ? 1 : -1;
  const base = { trade, asset: rules.base, amount: trade.qty.mul(sign), fee: inBase ? trade.commission.div(trade.price) : ZERO };
  const quote = { trade, asset: rules.quote, amount: trade.qty.mul(trade.price).mul(-sign), fee: inBase ? ZERO : trade.commission };
  return [quote, base];
}

function shownRow({ trade, asset, amount, fee, balance }: LedgerRow & { readonly balance: Decimal }): unknown {
  return {
    ...{ aclass: 'currency', amount: amount.toFixed(10), asset, balance: balance.toFixed(10), fee: fee.toFixed(10) },
    ...{ refid: tradeTxid(trade), time: seconds(trade.time), type: 'trade', subtype: '' },
  };
}

/** POST /0/private/GetApiKeyInfo. */
export function apiKeyInfo({ account, apiKey, nonces, now }: KrakenContext): unknown {
  const time = String(Math.floor(seconds(now())));
  return {
    ...{ apiKeyName: 'test', apiKey, nonce: String(nonces.last), nonceWindow: account.nonceWindow, permissions: account.permissions },
    ...{ iban: 'AA88 N84G WOAK NMOI', validUntil: String(account.validUntil), queryFrom: '0', queryTo: '0' },
    ...{ createdTime: '1772542900', modifiedTime: '1772543095', ipAllowlist: account.ipAllowlist, lastUsed: time },
  };
}

/** POST /0/private/GetWebSocketsToken: good for a connection within the next 15 minutes, and then for as long as that lasts. */
export function webSocketsToken({ tokens, now }: KrakenContext): unknown {
  const token = randomBytes(32).toString('base64');
  tokens.set(token, now() + TOKEN_LIVES_SEC * 1000);
  return { token, expires: TOKEN_LIVES_SEC };
}
