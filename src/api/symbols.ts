import type { Market } from '../domain/market/market.ts';
import { createSymbolIndex, resolveSymbol } from '../domain/market/symbolIndex.ts';
import type { Account } from '../domain/portfolio/account.ts';
import type { Quotes } from './deps.ts';
import type { Mistake } from './problem.ts';

/** The market an account trades under this name, written in any way an alert may write it; else the words of the refusal. */
export function meantMarket(markets: readonly Market[], text: string, account: Account): Market | string {
  const resolved = resolveSymbol(createSymbolIndex(markets), text, account.market);
  return resolved.ok ? resolved.market : resolved.refusal.message;
}

/**
 * The unified symbols these accounts trade under the names given, as limits are kept in them: a limit on `BTCUSDT` that never
 * equals `BTC/USDT` would forbid everything. A unified symbol stays as it is while an account cannot be asked.
 */
export async function unifiedSymbols(
  quotes: Pick<Quotes, 'symbols'>,
  accounts: readonly Account[],
  names: readonly string[],
  pointer: string,
): Promise<{ readonly symbols: readonly string[]; readonly mistakes: readonly Mistake[] }> {
  const venues = await Promise.all(
    accounts.map(async (account) => {
      const markets = await quotes.symbols(account.id);
      return markets && { account, index: createSymbolIndex(markets) };
    }),
  );
  const known = venues.filter((venue) => venue !== null);
  const allKnown = known.length > 0 && known.length === venues.length;
  const symbols = new Set<string>();
  const mistakes: Mistake[] = [];
  names.forEach((name, place) => {
    const answers = known.map(({ account, index }) => resolveSymbol(index, name, account.market));
    const found = answers.flatMap((answer) => (answer.ok ? [answer.market.symbol] : []));
    for (const symbol of found) symbols.add(symbol);
    if (found.length > 0) return;
    if (name.includes('/') && !allKnown) symbols.add(name);
    else mistakes.push({ pointer: `${pointer}/${place}`, code: 'SYMBOL_UNKNOWN', message: refusalIn(answers) });
  });
  return { symbols: [...symbols], mistakes };
}

function refusalIn(answers: readonly ReturnType<typeof resolveSymbol>[]): string {
  const [refused] = answers.flatMap((answer) => (answer.ok ? [] : [answer.refusal.message]));
  return refused ?? 'No venue can be asked now what this is; write the unified symbol, as in BTC/USDT or BTC/USDT:USDT.';
}
