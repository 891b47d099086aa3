import { nearestNames } from './nearestName.ts';
import { formatTime } from './readTime.ts';

/** What TradingView would know when the alert fires; texts go into the message as they stand. */
export interface SampleFacts {
  /** The chart's symbol, `BTCUSDT` or `BINANCE:BTCUSDT`; null: nobody says. */
  readonly symbol: string | null;
  readonly price: string;
  readonly quantity: string;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** One placeholder of a message that was not yet filled in. `value` null: none can be assumed, and `note` says what to do. */
export interface SamplePlaceholder {
  readonly placeholder: string;
  readonly value: string | null;
  readonly note: string;
}

interface Meaning {
  readonly value: (facts: SampleFacts) => string | null;
  readonly note: string;
}

const PLACEHOLDER = /\{\{([^{}]{0,80})\}\}/g;
const PLOT = /^plot(?:_(?:\d|1\d)|\("[^"]*"\))$/;
const STRATEGY = 'only in alerts of a strategy';

const price = (note: string): Meaning => ({ value: (facts) => facts.price, note });
const word = (text: string, note: string): Meaning => ({ value: () => text, note });
const size = (note: string): Meaning => ({ value: (facts) => facts.quantity, note: `${note}; ${STRATEGY}` });
const now: Meaning = { value: ({ nowMs }) => formatTime(nowMs).replace(/\.\d+Z$/, 'Z'), note: 'the time of the alert' };

/**
 * Every placeholder TradingView fills in, and what stands for it in a trial. A strategy is assumed to go from flat to long.
 * Source: TradingView's help, "How to use a variable value in alert".
 */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['ticker', { value: ({ symbol }) => tickerOf(symbol), note: "the chart's symbol" }],
  ['exchange', { value: ({ symbol }) => exchangeOf(symbol), note: "the chart's exchange; orders go by the account, whatever it says" }],
  ['open', price('a price of the bar; the market as it is now')],
  ['high', price('a price of the bar; the market as it is now')],
  ['low', price('a price of the bar; the market as it is now')],
  ['close', price('the price; the market as it is now')],
  ['volume', word('1000', 'the volume of the bar; any number')],
  ['time', now],
  ['timenow', now],
  ['interval', word('15', "the chart's timeframe; any")],
  ['syminfo.currency', word('USDT', "the symbol's quote currency; assumed")],
  ['syminfo.basecurrency', word('BTC', "the symbol's base currency; assumed")],
  ['strategy.order.action', word('buy', `buy or sell; ${STRATEGY}`)],
  ['strategy.order.contracts', size('how much the strategy trades; a small size of this market')],
  ['strategy.order.price', { value: (facts) => facts.price, note: `the price it traded at; the market as it is now; ${STRATEGY}` }],
  ['strategy.order.id', word('sample', `the name of the order in the script; ${STRATEGY}`)],
  ['strategy.order.comment', word('sample', `the comment of the order in the script; ${STRATEGY}`)],
  ['strategy.order.alert_message', { value: () => null, note: 'is what the script gives as alert_message: write that in its place' }],
  ['strategy.market_position', word('long', `long, short or flat; ${STRATEGY}`)],
  ['strategy.market_position_size', size('how much it holds then, without a sign')],
  ['strategy.position_size', size('what it holds then, signed')],
  ['strategy.prev_market_position', word('flat', `long, short or flat, before; ${STRATEGY}`)],
  ['strategy.prev_market_position_size', word('0', `how much it held before, without a sign; ${STRATEGY}`)],
]);

/** Whether what a trial of `message` says depends on the market. */
export function asksForMarket(message: string): boolean {
  return /\{\{(?:open|high|low|close|strategy\.(?:order\.(?:contracts|price)|(?:market_)?position_size))\}\}/.test(message);
}

/** The message as TradingView might send it. What nothing can be assumed for stays as it is, and is listed with what to do. */
export function fillPlaceholders(
  message: string,
  facts: SampleFacts,
): { readonly text: string; readonly placeholders: readonly SamplePlaceholder[] } {
  const found = new Map<string, SamplePlaceholder>();
  const text = message.replace(PLACEHOLDER, (placeholder, name: string) => {
    const known = found.get(placeholder) ?? { placeholder, ...meaningOf(name, facts) };
    found.set(placeholder, known);
    return known.value ?? placeholder;
  });
  return { text, placeholders: [...found.values()] };
}

function meaningOf(written: string, facts: SampleFacts): Omit<SamplePlaceholder, 'placeholder'> {
  // Inside a JSON text that was given as an object the quotes of plot("…") are escaped.
  const name = written.replaceAll('\\"', '"');
  const meaning = MEANINGS.get(name);
  if (meaning) {
    const value = meaning.value(facts);
    if (value !== null || name !== 'ticker') return { value, note: meaning.note };
    return { value, note: "is the chart's symbol: say which one to try it with, or write one in its place" };
  }
  if (PLOT.test(name)) return { value: null, note: 'is a value of your indicator: write a number such as it gives in its place' };
  const [near] = nearestNames(name.trim(), MEANINGS.keys(), 1);
  const advice = near === undefined ? 'it arrives as it stands, and the alert is refused' : `did you mean {{${near}}}?`;
  return { value: null, note: `is no placeholder of TradingView: ${advice}` };
}

function tickerOf(symbol: string | null): string | null {
  return symbol === null ? null : symbol.replace(/^[A-Za-z0-9_]+:(?!.*\/)/, '');
}

function exchangeOf(symbol: string | null): string {
  return (symbol?.includes('/') ? null : /^([A-Za-z0-9_]+):/.exec(symbol ?? '')?.[1]) ?? 'BINANCE';
}
