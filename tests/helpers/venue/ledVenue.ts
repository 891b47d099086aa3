import { onTestFinished } from 'vitest';
import { createMemoryCommandLog } from '../../../src/commandlog/memoryCommandLog.ts';
import type { Order } from '../../../src/domain/order/order.ts';
import type { Account } from '../../../src/domain/portfolio/account.ts';
import type { CommandBody, CommandReply } from '../../../src/domain/signal/command.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { ENGINE_DEFAULTS, type EngineSettings } from '../../../src/engine/term.ts';
import type { LedgerContent } from '../../../src/ledger/memoryContent.ts';
import { createMemoryLedger } from '../../../src/ledger/memoryLedger.ts';
import { systemClock as clock } from '../../../src/lib/clock.ts';
import { silentLogger as logger } from '../../../src/ops/logger.ts';
import { createMetrics } from '../../../src/ops/metrics.ts';
import { until } from '../until.ts';
import { type OpenVenueOptions, reachVenue, type VenueKind, type VenueServer } from './bench.ts';

export interface LedVenue {
  readonly server: VenueServer;
  readonly account: Account;
  /** Everything the ledger holds. */
  readonly content: LedgerContent;
  /** Sends a command and gives what was answered to it. */
  command(body: CommandBody): Promise<CommandReply>;
  /** The same for an alert of this account; gives the orders it made once each is settled somehow. */
  alert(alert: Readonly<Record<string, unknown>>): Promise<readonly Order[]>;
  /** Sends an alert and waits for nothing. */
  send(alert: Readonly<Record<string, unknown>>): Promise<string>;
  lead(): void;
  /** Ends the leader's term; resolves when it has let go. */
  retire(): Promise<void>;
}

export interface LedVenueOptions extends OpenVenueOptions {
  readonly settings?: Partial<EngineSettings>;
}

const UNSETTLED = new Set(['intent', 'submitted', 'unknown']);

/** The real engine, with ledger and log in memory, over a protocol server. One leader after the other. */
export async function leadVenue(kind: VenueKind, options: LedVenueOptions = {}): Promise<LedVenue> {
  const { server, exchanges, account } = await reachVenue(kind, options);
  let [epoch, lastId, lastCommand] = [1, 0, 0];
  const log = createMemoryCommandLog();
  const ledger = createMemoryLedger(() => epoch);
  await ledger.append(epoch, [{ kind: 'account.put', account }]);
  const engine = new Engine({
    ...{ log, ledger, exchanges, clock, logger, metrics: createMetrics('test'), random: Math.random },
    newId: () => `id-${++lastId}`,
    failpoint: () => undefined,
    settings: { ...ENGINE_DEFAULTS, ...options.settings },
    onCommitted: () => undefined,
  });
  let ending = new AbortController();
  let led: Promise<unknown> = Promise.resolve();
  const lead = (): void => {
    ending = new AbortController();
    led = engine.lead({ epoch, signal: ending.signal, assertHeld: () => undefined });
  };
  const retire = async (): Promise<void> => {
    ending.abort();
    await led;
    epoch += 1;
  };
  onTestFinished(async () => {
    await retire();
    await server.close();
  });
  const append = async (body: CommandBody): Promise<string> => {
    const id = `command-${++lastCommand}`;
    await log.append({ id, body, actor: { name: 'user:test', address: null }, correlationId: id, dedupe: null });
    return id;
  };
  const { content } = ledger;
  const answered = (id: string): Promise<CommandReply> =>
    until(() => content.replies.get(id), { what: `the answer to ${id}`, timeoutMs: 15_000 });
  const send = (alert: Readonly<Record<string, unknown>>): Promise<string> =>
    append({ kind: 'order.create', payload: JSON.stringify({ ...alert, account: account.name }) });
  lead();
  return {
    ...{ server, account, content, lead, retire, send },
    command: async (body) => answered(await append(body)),
    alert: async (alert) => {
      const id = await send(alert);
      const { status, body } = await answered(id);
      if (status >= 400) throw new Error(`the alert was refused: ${JSON.stringify(body)}`);
      const made = (): Order[] => [...content.orders.values()].filter(({ signalId }) => signalId === id);
      return until(() => (made().length > 0 && made().every((order) => !UNSETTLED.has(order.status)) ? made() : null), {
        what: `the orders of ${id} to be settled`,
        timeoutMs: 15_000,
      });
    },
  };
}
