// The exchanges: every protocol server of the tests, in a process of their own.
import { manySymbols, startBinanceServer } from '../../../tests/helpers/binance/binanceServer.ts';
import { VENUE_KINDS } from '../../../tests/helpers/venue/kinds.ts';
import { serveParent } from './ipc.mjs';

const balances = (symbols) => Object.fromEntries([['USDT', '100000000000'], ...symbols.map(({ base }) => [base, '1000000'])]);

serveParent({
  kinds: () => VENUE_KINDS.map(({ title }) => title),
  /** One exchange, as its users know it. */
  start: async (title) => {
    const { account, symbol, start } = VENUE_KINDS.find((kind) => kind.title === title);
    const { origin, credentials } = await start();
    return { ...account, symbol, origin, credentials };
  },
  /** Binance spot with so many symbols. */
  startWide: async (count) => {
    const symbols = manySymbols(count);
    const { origin, credentials } = await startBinanceServer({ symbols, balances: balances(symbols) });
    return { venue: 'binance', market: 'spot', origin, credentials, symbols: symbols.map(({ base, quote }) => `${base}/${quote}`) };
  },
});
