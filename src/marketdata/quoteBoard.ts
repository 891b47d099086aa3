import type { Quote } from '../domain/market/market.ts';
import { Decimal } from '../domain/money.ts';
import type { PositionMargin } from '../domain/portfolio/position.ts';
import type { Clock } from '../lib/clock.ts';
import { keepNewest } from '../lib/keepNewest.ts';
import type { Logger } from '../ops/logger.ts';
import type { Channel, News } from '../ops/postgresListener.ts';

/** How long a quote that was heard answers for itself, milliseconds. */
const FRESH_MS = 1_000;
/** How long questions are gathered into one, and how long its answer is waited for. */
const GATHER_MS = 5;
const ANSWER_MS = 700;
/** A notification of Postgres holds 8,000 bytes. */
const QUESTIONS_MAX = 24;
const NAME_CHARS_MAX = 60;
/** Questions under way at once, asked and answered. */
const ASKED_MAX = 4;
const ANSWERING_MAX = 16;
/** What is remembered, and for how long it is shown with its age. */
const REMEMBERED_MAX = 1_000;
const REMEMBERED_MS = 15 * 60_000;

export const QUOTE_CHANNELS = ['signalman_quote_ask', 'signalman_quote_tell'] as const satisfies readonly Channel[];

/**
 * Only the leader speaks to venues, so whoever else wants a price asks it: a question goes to all instances as a notification of
 * Postgres, the leader answers the same way, and everybody remembers what they hear. Nothing is stored, nothing is sent while
 * nobody asks, and a lost message costs one look (docs/adr/0013).
 */
export interface QuoteBoard {
  /** The newest quote known, with its own time; null when nobody knows one. `name` as people write symbols. Never rejects. */
  quote(accountId: string, name: string): Promise<Quote | null>;
  /** What came along with the newest answer about a symbol of which a position is held. */
  margin(accountId: string, name: string): PositionMargin | null;
  /** What came in on one of `QUOTE_CHANNELS`. */
  hear(news: News): void;
}

export interface QuoteBoardOptions {
  /** Sends a notification to every instance, this one among them. */
  readonly notify: (channel: Channel, payload: string) => Promise<unknown>;
  /** Whether this instance is the one to answer. */
  readonly leads: () => boolean;
  readonly answer: (accountId: string, name: string) => Promise<Quote | null>;
  /** What the venue says about a position; told along with its price. Absent: nothing is known of positions. */
  readonly margin?: (accountId: string, name: string) => PositionMargin | null;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Question {
  readonly id: string;
  readonly wanted: Map<string, readonly [accountId: string, name: string]>;
  readonly answered: AbortController;
  readonly over: Promise<void>;
  sent: boolean;
}

type Told = readonly [accountId: string, name: string, quote: SentQuote | null, margin?: SentMargin | null];
type SentMargin = readonly [liquidationPrice: string | null, leverage: string | null, marginMode: PositionMargin['marginMode']];
type SentQuote = readonly [symbol: string, bid: string, ask: string, last: string, at: number, source: string];

export function createQuoteBoard({ notify, leads, answer, margin = () => null, newId, clock, logger }: QuoteBoardOptions): QuoteBoard {
  const remembered = new Map<string, { readonly quote: Quote | null; readonly margin: PositionMargin | null; readonly heardAt: number }>();
  const questions = new Map<string, Question>();
  let answering = 0;

  const recall = (key: string): Quote | null => {
    const quote = remembered.get(key)?.quote ?? null;
    return quote && clock.now() - quote.at <= REMEMBERED_MS ? quote : null;
  };

  const remember = ([accountId, name, sent, sentMargin]: Told): void => {
    const key = keyOf(accountId, name);
    const quote = sent ? readQuote(sent) : (remembered.get(key)?.quote ?? null);
    remembered.delete(key); // So that the oldest stays first.
    remembered.set(key, { quote, margin: sentMargin ? readMargin(sentMargin) : null, heardAt: clock.monotonic() });
    keepNewest(remembered, REMEMBERED_MAX);
  };

  const ask = async (question: Pick<Question, 'id' | 'wanted' | 'answered'>, begin: () => void): Promise<void> => {
    await clock.sleep(GATHER_MS);
    begin();
    try {
      await notify('signalman_quote_ask', JSON.stringify({ id: question.id, wanted: [...question.wanted.values()] }));
      await clock.sleep(ANSWER_MS, question.answered.signal);
    } catch (error) {
      logger.debug({ err: error }, 'the leader could not be asked for prices');
    }
    questions.delete(question.id);
  };

  /** One that can still be added to; null when too many are under way. */
  const openQuestion = (): Question | null => {
    for (const question of questions.values()) if (!question.sent && question.wanted.size < QUESTIONS_MAX) return question;
    if (questions.size >= ASKED_MAX) return null;
    const base = { id: newId(), wanted: new Map<string, readonly [string, string]>(), answered: new AbortController() };
    const question: Question = {
      ...base,
      sent: false,
      over: ask(base, () => {
        question.sent = true;
      }),
    };
    questions.set(question.id, question);
    return question;
  };

  const reply = async (id: string, wanted: readonly (readonly [string, string])[]): Promise<void> => {
    if (answering >= ANSWERING_MAX) return;
    answering += 1;
    try {
      const told = await Promise.all(
        wanted.slice(0, QUESTIONS_MAX).map(async ([accountId, name]): Promise<Told> => {
          const quote = await answer(accountId, name);
          const known = margin(accountId, name);
          return known ? [accountId, name, quote && sendable(quote), sendableMargin(known)] : [accountId, name, quote && sendable(quote)];
        }),
      );
      await notify('signalman_quote_tell', JSON.stringify({ id, told }));
    } finally {
      answering -= 1;
    }
  };

  return {
    quote: async (accountId, name) => {
      if (name.length > NAME_CHARS_MAX) return null;
      const key = keyOf(accountId, name);
      const known = remembered.get(key);
      if (known && clock.monotonic() - known.heardAt < FRESH_MS) return recall(key);
      const question = openQuestion();
      question?.wanted.set(key, [accountId, name]);
      await question?.over;
      return recall(key);
    },
    margin: (accountId, name) => remembered.get(keyOf(accountId, name))?.margin ?? null,
    hear: ({ channel, payload }) => {
      const complain = (error: unknown): void => logger.debug({ err: error }, 'a message about prices came to nothing');
      try {
        const message = JSON.parse(payload) as { id: string; wanted?: [string, string][]; told?: Told[] };
        if (channel === 'signalman_quote_tell') {
          for (const told of message.told ?? []) remember(told);
          questions.get(message.id)?.answered.abort();
        } else if (leads()) reply(message.id, message.wanted ?? []).catch(complain);
      } catch (error) {
        complain(error);
      }
    },
  };
}

function keyOf(accountId: string, name: string): string {
  return `${accountId}\0${name}`;
}

function sendable({ symbol, bid, ask, last, at, source }: Quote): SentQuote {
  return [symbol, bid.toFixed(), ask.toFixed(), last.toFixed(), at, source];
}

function readQuote([symbol, bid, ask, last, at, source]: SentQuote): Quote {
  return { symbol, bid: new Decimal(bid), ask: new Decimal(ask), last: new Decimal(last), at, source };
}

function sendableMargin({ liquidationPrice, leverage, marginMode }: PositionMargin): SentMargin {
  return [liquidationPrice?.toFixed() ?? null, leverage?.toFixed() ?? null, marginMode];
}

function readMargin([liquidationPrice, leverage, marginMode]: SentMargin): PositionMargin {
  const read = (text: string | null): Decimal | null => (text === null ? null : new Decimal(text));
  return { liquidationPrice: read(liquidationPrice), leverage: read(leverage), marginMode };
}
