import { proveByCode } from '../../src/cli/start/proveByCode.ts';
import { combineEntries } from '../../src/domain/access/presets.ts';
import type { Audience } from '../../src/ledger/ledger.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { type Bell, createBell } from '../../src/notify/bell.ts';
import { botsOf } from '../../src/notify/bots.ts';
import { closeChoices } from '../../src/notify/closeChoices.ts';
import type { Submit } from '../../src/notify/commands/submit.ts';
import { createDestinations } from '../../src/notify/destinations.ts';
import { createPaces } from '../../src/notify/pace.ts';
import { pollCommands } from '../../src/notify/pollCommands.ts';
import { sendOutbox } from '../../src/notify/sendOutbox.ts';
import { silentLogger as logger } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import type { ApiServer } from './apiServer.ts';

export interface TelegramTermOptions {
  readonly api: ApiServer;
  readonly apiRoot: string;
  readonly token: string;
  /** Of bots that are not the common one. */
  readonly tokens?: Readonly<Partial<Record<Audience, string>>>;
  /** The chat of each audience. */
  readonly chats: Readonly<Record<Audience, string>>;
  readonly bell?: Bell;
  readonly submit?: Submit;
}

export interface TelegramTerm {
  readonly end: AbortController;
  readonly running: Promise<unknown>;
  stop(): Promise<void>;
}

/** A leader's term as far as Telegram goes, on the real ledger and command log: sends, listens and closes choices until stopped. */
export async function telegramTerm({ api, apiRoot, token, tokens = {}, chats, ...options }: TelegramTermOptions): Promise<TelegramTerm> {
  const end = new AbortController();
  const { readModel, log, quotes } = api.deps;
  const { submit = api.deps.submit, bell = createBell(clock) } = options;
  const { epoch } = await readModel.cluster();
  const botOf = (audience: Audience) => ({ token: tokens[audience] ?? token, chatId: chats[audience] });
  const settings = { apiRoot, chatIntervalMs: 0, trading: botOf('trading'), user: botOf('user'), dev: botOf('dev') };
  const destinations = createDestinations(settings, logger);
  const paceOf = createPaces();
  const choices = createBell(clock);
  const term = { outbox: api.ledger, destinations, paceOf, epoch, clock, logger, metrics: createMetrics('test'), signal: end.signal };
  const doors = {
    whitelist: async () => combineEntries(api.deps.access.fixed, await readModel.whitelist()),
    bans: () => api.deps.bans.list(),
  };
  const reads = { readModel, log, ticker: quotes.ticker, ...doors };
  const desk = {
    ...term,
    apiRoot,
    reads,
    submit,
    bell,
    choices,
    userByTelegramId: readModel.userByTelegramId,
    prove: proveByCode(api.deps.box, clock),
  };
  const running = Promise.all([
    sendOutbox({ ...term, bell }),
    closeChoices({ ...term, bell: choices }),
    ...botsOf(destinations).map((bot) => pollCommands({ ...desk, bot, pace: paceOf(bot.voice) })),
  ]);
  const stop = async (): Promise<void> => {
    end.abort();
    await running;
  };
  return { end, running, stop };
}
