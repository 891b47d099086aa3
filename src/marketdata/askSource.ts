import type { RawCandle } from '../domain/market/candle.ts';
import type { Timeframe } from '../domain/market/timeframe.ts';
import { type CandleSource, VenueSetupError } from '../exchange/exchange.ts';
import type { Clock } from '../lib/clock.ts';

/** What came of asking, tries and pauses included. `problem` is for a person and holds no secret. */
export type Asked =
  | { readonly ok: true; readonly candles: readonly RawCandle[]; readonly fetchedAt: number }
  | { readonly ok: false; readonly problem: string };

export interface CandleQuestion {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly fromMs: number;
  readonly limit: number;
}

/** The way to one source: one question at a time, whoever asks. */
export interface SourceLine {
  /** Rejects with the reason of `signal`, or with what `assertHeld` throws. */
  ask(question: CandleQuestion, signal: AbortSignal): Promise<Asked>;
}

export interface SourceLineOptions {
  readonly open: () => Promise<CandleSource>;
  readonly clock: Clock;
  /** Throws when this process may not call venues any more; asked before each request. */
  readonly assertHeld: () => void;
  /** Between two requests, milliseconds. */
  readonly pauseMs: number;
}

/** Tries after which a question is given up for this time. */
const ATTEMPTS_MAX = 4;
const RETRY_MS = 1_000;
/** The longest pause a venue may ask for before the question is given up. */
const SLOW_DOWN_MS_MAX = 60_000;

/** Questions to one venue, in turn and with pauses, so that collecting candles never crowds out orders. */
export function createSourceLine({ open, clock, assertHeld, pauseMs }: SourceLineOptions): SourceLine {
  let last: Promise<unknown> = Promise.resolve();
  let source: CandleSource | null = null;

  const askOnce = async ({ symbol, timeframe, fromMs, limit }: CandleQuestion, signal: AbortSignal) => {
    await clock.sleep(pauseMs, signal);
    signal.throwIfAborted();
    assertHeld();
    source ??= await open();
    return source.candles(symbol, timeframe, fromMs, limit, signal);
  };

  const ask = async (question: CandleQuestion, signal: AbortSignal): Promise<Asked> => {
    let problem = '';
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const page = await askOnce(question, signal).catch(setupProblem);
      if (page.kind === 'page') return { ok: true, candles: page.candles, fetchedAt: clock.now() };
      if (page.kind === 'not_offered') return { ok: false, problem: page.message };
      problem = page.kind === 'failed' ? page.message : 'The venue asks to slow down.';
      const waitMs = page.kind === 'slow_down' ? page.waitMs : RETRY_MS * 2 ** (attempt - 1);
      if (attempt < ATTEMPTS_MAX && waitMs <= SLOW_DOWN_MS_MAX) await clock.sleep(waitMs, signal);
      else break;
    }
    signal.throwIfAborted();
    return { ok: false, problem };
  };

  return {
    ask: (question, signal) => {
      const mine = last.then(() => ask(question, signal));
      last = mine.catch(() => undefined); // Whoever asked hears of it.
      return mine;
    },
  };
}

/** A venue that cannot be opened is asked again like one that does not answer. */
function setupProblem(error: unknown): { readonly kind: 'failed'; readonly message: string } {
  if (error instanceof VenueSetupError) return { kind: 'failed', message: error.message };
  throw error;
}
