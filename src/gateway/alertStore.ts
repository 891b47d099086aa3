import type { CommandLog, DedupeKey, NewCommand } from '../commandlog/commandLog.ts';
import type { AlertMistake, AlertParse } from '../domain/alert/alert.ts';
import type { CommandId, SignalId } from '../domain/ids.ts';
import type { CommandBody } from '../domain/signal/command.ts';
import type { Hook } from '../domain/signal/hook.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../ops/logger.ts';
import type { HookAnswer } from './hookRequest.ts';
import { createInFlight } from './inFlight.ts';
import type { Limiter } from './limiter.ts';
import type { Refusal } from './refusals.ts';
import type { SignatureNonce } from './signature.ts';
import { createSpentNonces } from './spentNonces.ts';

/** Who sent an authenticated alert. `requestId` is the sender's own, where it gave one. */
export interface Sender {
  readonly hook: Hook;
  readonly address: string;
  readonly requestId: string | null;
}

export type UnderstoodAlert = Extract<AlertParse, { ok: true }>;

export type Stored = { readonly ok: true; readonly answer: HookAnswer } | { readonly ok: false; readonly refusal: Refusal };

/** The gateway's hand on the command log. */
export interface AlertStore {
  /** Resolves once the alert is durable (or known to be already), or with why not. Never rejects. */
  append(sender: Sender, parse: UnderstoodAlert, nonce: SignatureNonce | null): Promise<Stored>;
  /** The signal this signature was accepted for, as far as this instance knows. */
  spentOn(nonce: SignatureNonce): SignalId | undefined;
  /** Lets a person hear of an alert that was refused, a few times per minute; does not wait for it to be stored. `excerpt` holds no secret. */
  reportMalformed(sender: Sender, mistakes: readonly AlertMistake[], excerpt: string): Promise<void>;
  /** Resolves when nothing is being written any more. */
  idle(): Promise<void>;
}

export interface AlertStoreDeps {
  readonly log: Pick<CommandLog, 'append'>;
  readonly limiter: Limiter;
  readonly newId: () => CommandId;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long an explicit `id` is remembered (docs/alerts.md). */
const ID_TTL_MS = 7 * 86_400_000;
/** Longer than a signature is valid (five minutes either way), and than clocks differ. */
export const NONCE_TTL_MS = 15 * 60_000;
/** Malformed alerts told of, per hook and minute. */
const REPORTS_PER_MINUTE = 5;
const EXCERPT_LENGTH = 200;
/** Repeats and reports being written at once; beyond it they are dropped, as the answer was given without them. */
const ASIDE_MAX = 200;

export function createAlertStore(deps: AlertStoreDeps): AlertStore {
  const { log, logger } = deps;
  const aside = createInFlight();
  const spent = createSpentNonces(deps.clock);

  function commandOf(sender: Sender, id: CommandId, body: CommandBody, dedupe: DedupeKey | null): NewCommand {
    return {
      id,
      body,
      actor: { name: `hook:${sender.hook.name}`, address: sender.address },
      correlationId: sender.requestId ?? id,
      dedupe,
    };
  }

  /** Appends what no answer waits for: bounded, and never failing the request that caused it. */
  function appendAside(sender: Sender, body: CommandBody): void {
    const about = { kind: body.kind, hookId: sender.hook.id };
    if (aside.size >= ASIDE_MAX) {
      logger.warn(about, 'too much to record, dropped');
      return;
    }
    aside.enter();
    log
      .append(commandOf(sender, deps.newId(), body, null))
      .catch((error: unknown) => logger.warn({ ...about, err: error }, 'could not be recorded'))
      .finally(() => aside.leave());
  }

  async function reportMalformed(sender: Sender, mistakes: readonly AlertMistake[], excerpt: string): Promise<void> {
    const budget = await deps.limiter.report.spend(sender.hook.id, REPORTS_PER_MINUTE);
    if (budget.allowed) appendAside(sender, { kind: 'alert.malformed', hookId: sender.hook.id, mistakes, excerpt });
  }

  async function append(sender: Sender, parse: UnderstoodAlert, nonce: SignatureNonce | null): Promise<Stored> {
    const { hook } = sender;
    const id = deps.newId();
    const once = nonce === null ? {} : { nonce: { key: `signature:${hook.id}:${nonce}`, ttlMs: NONCE_TTL_MS } };
    const command = {
      ...commandOf(sender, id, { kind: 'alert', hookId: hook.id, payload: parse.payload }, dedupeOf(hook, parse)),
      ...once,
    };
    try {
      const appended = await log.append(command);
      if (nonce !== null && appended.kind !== 'conflict') spent.add(nonce, appended.id, NONCE_TTL_MS);
      if (appended.kind === 'stored') return { ok: true, answer: accepted(sender, id, 'ACCEPTED') };
      if (appended.kind === 'replayed') return { ok: false, refusal: { code: 'SIGNATURE_REUSED', signalId: appended.id } };
      if (appended.kind === 'conflict') return await idReused(sender, parse, appended.id);
      appendAside(sender, { kind: 'alert.repeat', hookId: hook.id, signalId: appended.id, explicitId: parse.alert.id !== null });
      return { ok: true, answer: accepted(sender, appended.id, 'REPEATED') };
    } catch (error) {
      logger.error({ err: error, hookId: hook.id, signalId: id }, 'alert not stored');
      return { ok: false, refusal: { code: 'NOT_STORED' } };
    }
  }

  async function idReused(sender: Sender, parse: UnderstoodAlert, first: SignalId): Promise<Stored> {
    const detail = `The id was used before for another alert, signal ${first}. Send a new id with every new alert.`;
    await reportMalformed(sender, [{ pointer: '/id', code: 'ID_REUSED', message: detail }], parse.payload.slice(0, EXCERPT_LENGTH));
    return { ok: false, refusal: { code: 'ID_REUSED', detail } };
  }

  return { append, spentOn: spent.signalOf, reportMalformed, idle: () => aside.idle() };
}

/** An `id` is remembered for days and bound to its content; without one the body itself is the key, within the hook's window. */
function dedupeOf(hook: Hook, parse: UnderstoodAlert): DedupeKey {
  const contentHash = parse.fingerprint;
  return parse.alert.id === null
    ? { key: `hook:${hook.id}:body:${contentHash}`, ttlMs: hook.dedupeWindowSec * 1000, contentHash }
    : { key: `hook:${hook.id}:id:${parse.alert.id}`, ttlMs: ID_TTL_MS, contentHash };
}

function accepted(sender: Sender, signalId: SignalId, code: 'ACCEPTED' | 'REPEATED'): HookAnswer {
  const { hook, address, requestId } = sender;
  return {
    status: 202,
    headers: { 'content-type': 'application/json' },
    body: `{"signalId":${JSON.stringify(signalId)},"status":"accepted"}`,
    note: { level: 'info', code, address, hook: hook.name, hookId: hook.id, signalId, correlationId: requestId ?? signalId },
  };
}
