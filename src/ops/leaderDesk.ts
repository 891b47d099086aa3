import type { Clock } from '../lib/clock.ts';
import { keepNewest } from '../lib/keepNewest.ts';
import type { Logger } from './logger.ts';
import type { Channel, News } from './postgresListener.ts';

/** A notification of Postgres holds 8,000 bytes; as base64 a piece takes a third more, and its envelope a hundred. */
const PIECE_BYTES = 5_600;
/** Longer texts are not sent. */
const PIECES_MAX = 24;
/** How long an answer is waited for, milliseconds. */
const ANSWER_MS = 4_000;
/** Questions of this instance under way at once, and those that the leader answers at once. */
const ASKED_MAX = 4;
const ANSWERING_MAX = 8;
/** Texts of which only some pieces have come. */
const INCOMPLETE_MAX = 32;

export const DESK_CHANNELS = ['signalman_ask', 'signalman_tell'] as const satisfies readonly Channel[];

/**
 * Asks the leader what it alone can tell, by notifications of Postgres: the question goes to all instances, the leader answers the same
 * way. Nothing is stored; a lost message costs an answer (docs/adr/0013).
 */
export interface LeaderDesk {
  /** The leader's answer. Null: nobody answered in time, it had none, the question is too long, or too many are under way. Never rejects. */
  ask(question: string): Promise<string | null>;
  /** What came in on one of `DESK_CHANNELS`. */
  hear(news: News): void;
}

export interface LeaderDeskOptions {
  /** Sends a notification to every instance, this one among them. */
  readonly notify: (channel: Channel, payload: string) => Promise<unknown>;
  /** Whether this instance is the one to answer. */
  readonly leads: () => boolean;
  readonly answer: (question: string) => Promise<string | null>;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Piece {
  readonly id: string;
  readonly at: number;
  /** 0: there is no answer. */
  readonly of: number;
  readonly text: string;
}

interface Asked {
  readonly answered: AbortController;
  answer: string | null;
}

export function createLeaderDesk({ notify, leads, answer, newId, clock, logger }: LeaderDeskOptions): LeaderDesk {
  const asked = new Map<string, Asked>();
  const incomplete = new Map<string, (string | undefined)[]>();
  let answering = 0;

  const send = async (channel: Channel, id: string, text: string | null): Promise<void> => {
    const pieces = text === null ? [] : piecesOf(text);
    if (pieces.length === 0 || pieces.length > PIECES_MAX)
      return void (await notify(channel, JSON.stringify({ id, at: 0, of: 0, text: '' })));
    for (const [at, piece] of pieces.entries()) await notify(channel, JSON.stringify({ id, at, of: pieces.length, text: piece }));
  };

  /** The whole text once its last piece has come; null before. */
  const collect = (key: string, { at, of, text }: Piece): string | null => {
    const pieces = incomplete.get(key) ?? Array.from({ length: Math.min(of, PIECES_MAX) }, () => undefined);
    incomplete.delete(key); // So that the oldest stays first.
    if (at < pieces.length) pieces[at] = text;
    if (!pieces.includes(undefined)) return Buffer.concat(pieces.map((piece) => Buffer.from(piece ?? '', 'base64'))).toString('utf8');
    incomplete.set(key, pieces);
    keepNewest(incomplete, INCOMPLETE_MAX);
    return null;
  };

  const reply = async (id: string, question: string): Promise<void> => {
    if (answering >= ANSWERING_MAX) return;
    answering += 1;
    try {
      await send('signalman_tell', id, await answer(question));
    } finally {
      answering -= 1;
    }
  };

  const take = (piece: Piece): void => {
    const question = asked.get(piece.id);
    if (!question) return;
    const whole = piece.of === 0 ? null : collect(`tell ${piece.id}`, piece);
    if (piece.of > 0 && whole === null) return;
    question.answer = whole;
    question.answered.abort();
  };

  return {
    ask: async (text) => {
      if (asked.size >= ASKED_MAX || Buffer.byteLength(text) > PIECES_MAX * PIECE_BYTES) return null;
      const id = newId();
      const question: Asked = { answered: new AbortController(), answer: null };
      asked.set(id, question);
      try {
        await send('signalman_ask', id, text);
        await clock.sleep(ANSWER_MS, question.answered.signal);
      } catch (error) {
        logger.debug({ err: error }, 'the leader could not be asked');
      } finally {
        asked.delete(id);
        incomplete.delete(`tell ${id}`);
      }
      return question.answer;
    },
    hear: ({ channel, payload }) => {
      const complain = (error: unknown): void => logger.debug({ err: error }, 'a message to or from the leader came to nothing');
      try {
        const piece = JSON.parse(payload) as Piece;
        if (channel === 'signalman_tell') return take(piece);
        const question = leads() ? collect(`ask ${piece.id}`, piece) : null;
        if (question !== null) reply(piece.id, question).catch(complain);
      } catch (error) {
        complain(error);
      }
    },
  };
}

function piecesOf(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  const count = Math.ceil(bytes.length / PIECE_BYTES);
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * PIECE_BYTES, (at + 1) * PIECE_BYTES).toString('base64'));
}
