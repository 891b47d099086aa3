import type { Decimal } from '../../../src/domain/money.ts';
import type { BookTrade } from '../venue/bookTypes.ts';
import type { KrakenContext } from './krakenContext.ts';
import { ledgerId, tradeTxid } from './krakenIds.ts';
import { modernAssetOf } from './krakenPairs.ts';

/** The rows of the snapshot of the channel `balances`. */
export function balanceRows({ book: { wallet } }: KrakenContext): readonly unknown[] {
  return wallet.assets().map((id) => {
    const balance = wallet.total(id).toNumber();
    return { asset: modernAssetOf(id), asset_class: 'currency', balance, wallets: [{ type: 'spot', id: 'main', balance }] };
  });
}

/** What a trade has changed: what was paid, and what was got for it. */
export function balanceChanges({ book }: KrakenContext, trade: BookTrade): readonly unknown[] {
  const { rules } = book.market(trade.symbol);
  const sign = trade.side === 'BUY' ? 1 : -1;
  const change = (id: string, amount: Decimal, entry: number): unknown => ({
    ...{ ledger_id: ledgerId(entry), ref_id: tradeTxid(trade), timestamp: new Date(trade.time).toISOString(), type: 'trade', subtype: '' },
    ...{ category: 'trade', asset: modernAssetOf(id), asset_class: 'currency', amount: amount.toNumber() },
    ...{ fee: id === trade.commissionAsset ? trade.commission.toNumber() : 0, balance: book.wallet.total(id).toNumber() },
    ...{ wallet_type: 'spot', wallet_id: 'main' },
  });
  return [
    change(rules.quote, trade.qty.mul(trade.price).mul(-sign), book.trades.indexOf(trade) * 2 + 1),
    change(rules.base, trade.qty.mul(sign), book.trades.indexOf(trade) * 2 + 2),
  ];
}
