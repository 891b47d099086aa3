import { parseAlert } from '../domain/alert/parseAlert.ts';
import { redactBody } from '../domain/alert/redactBody.ts';
import type { Hook, HookDirectory } from '../domain/signal/hook.ts';
import { receiveBody } from './alertBody.ts';
import { type AlertStoreDeps, createAlertStore, type Sender } from './alertStore.ts';
import type { Allowlist } from './allowlist.ts';
import { createAuthenticity } from './authenticity.ts';
import { type BudgetSettings, createBudgets, refused } from './budgets.ts';
import type { ProxyTrust } from './clientAddress.ts';
import type { CertificateSource } from './clientCertificate.ts';
import type { HookAnswer, HookRequest } from './hookRequest.ts';
import { detailOf, type Refusal } from './refusals.ts';
import type { Bans } from './rulings.ts';
import { createTurnstile, type Turnstile } from './turnstile.ts';
import { identify, type Visitor } from './visitor.ts';

/** The slice of the configuration the gateway needs. */
export interface GatewaySettings extends BudgetSettings {
  readonly proxy: ProxyTrust;
  /** Who verifies client certificates, for hooks that demand one. */
  readonly certificates: CertificateSource;
}

export interface GatewayDeps extends AlertStoreDeps {
  readonly hooks: HookDirectory;
  readonly allowlist: Allowlist;
  readonly bans: Bans;
  readonly settings: GatewaySettings;
  readonly answerWithinMs?: number;
}

export type Gateway = Turnstile;

/** TradingView hangs up after 3 s (support article 43000529348); what cannot be answered by then is answered 503 and sent again. */
const ANSWER_WITHIN_MS = 2_800;
/** Requests under way at once; each may hold 64 KiB. */
const IN_FLIGHT_MAX = 2_000;

/** ① The TradingView door: request in, answer out. `admit` and `admitToHook` list the checks in their fixed order, cheap first. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { limiter, bans, settings, clock } = deps;
  const store = createAlertStore(deps);
  const budgets = createBudgets(limiter, bans, settings);
  const authenticity = createAuthenticity({ hooks: deps.hooks, certificates: settings.certificates, clock });

  async function admit(request: HookRequest): Promise<HookAnswer> {
    const identified = identify(request, settings.proxy, deps.hooks, deps.allowlist);
    if (!identified.ok) return budgets.turnAwayUnknown({ code: identified.code, detail: identified.detail });
    const { visitor } = identified;
    // 1. ban
    const ban = bans.checkAddress(visitor.address) ?? (visitor.subject && bans.check(visitor.subject));
    if (ban) return refused({ code: 'BANNED', retryAfterMs: ban.until - clock.now() }, visitor, { level: 'debug' });
    // 2. ip
    if (!visitor.addressAllowed) return budgets.turnAway(visitor, { code: 'ADDRESS_NOT_ALLOWED' });
    if (request.method !== 'POST') return refused({ code: 'METHOD_NOT_ALLOWED' }, visitor);
    // 3. key; whoever has no good one spends 4. the address's rate limit
    if (request.key === null) return budgets.turnAway(visitor, { code: 'URL_NOT_UNDERSTOOD' });
    if (!visitor.hook) return budgets.turnAway(visitor, { code: 'UNAUTHORIZED' });
    return admitToHook(request, visitor, visitor.hook);
  }

  async function admitToHook(request: HookRequest, visitor: Visitor, hook: Hook): Promise<HookAnswer> {
    const sender = { hook, address: visitor.address, requestId: requestIdOf(request) };
    // 4. rate limit of the hook: looked at here, spent only by who proves to be its sender
    const exhausted = await budgets.refuseOverHookBudget(hook, visitor);
    if (exhausted) return exhausted;
    // 5. body
    const body = await receiveBody(request);
    if (!body.ok)
      return authenticity.needsNoProof(hook) ? unreadable(sender, visitor, body.refusal) : budgets.turnAway(visitor, body.refusal);
    // 6. secret, signature, certificate
    const parse = parseAlert(body.text);
    const { headers, peerSubject } = request;
    const { verdict, nonce } = authenticity.authenticate(hook, { headers, peerSubject, body: body.bytes, secret: parse.secret });
    if (verdict !== 'authentic') return budgets.turnAway(visitor, { code: 'UNAUTHORIZED' }, verdict);
    const spentOn = nonce === null ? undefined : store.spentOn(nonce);
    if (spentOn !== undefined) return refused({ code: 'SIGNATURE_REUSED', signalId: spentOn }, visitor, { level: 'debug' });
    const over = await budgets.spendHookBudget(hook, visitor);
    if (over) return over;
    // 7. parse
    if (!parse.ok) {
      await store.reportMalformed(sender, parse.mistakes, redactBody(body.text));
      return refused({ code: 'ALERT_NOT_UNDERSTOOD', mistakes: parse.mistakes }, visitor);
    }
    // 8. append, 9. answer
    const stored = await store.append(sender, parse, nonce);
    return stored.ok ? stored.answer : refused(stored.refusal, visitor);
  }

  /** A body that cannot be read, from somebody who is authenticated by key alone: a person hears of it. */
  async function unreadable(sender: Sender, visitor: Visitor, refusal: Refusal): Promise<HookAnswer> {
    const over = await budgets.spendHookBudget(sender.hook, visitor);
    if (over) return over;
    await store.reportMalformed(sender, [{ pointer: '', code: refusal.code, message: detailOf(refusal) }], '');
    return refused(refusal, visitor);
  }

  const { logger, answerWithinMs = ANSWER_WITHIN_MS } = deps;
  const turnstile = createTurnstile(admit, { answerWithinMs, inFlightMax: IN_FLIGHT_MAX, logger });
  return {
    handle: turnstile.handle,
    async drain() {
      await turnstile.drain();
      await store.idle();
    },
  };
}

/** The sender's own id for the request, when it is one that can go into a log line and a database. */
function requestIdOf(request: HookRequest): string | null {
  const id = request.headers['x-request-id'];
  return typeof id === 'string' && /^[\w.:-]{8,64}$/.test(id) ? id : null;
}
