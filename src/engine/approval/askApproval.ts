import { explainAlert } from '../../domain/alert/explainAlert.ts';
import type { ReasonCode } from '../../domain/errors.ts';
import { resolveSymbol } from '../../domain/market/symbolIndex.ts';
import type { Approval, ApprovalPrice, HookApproval } from '../../domain/signal/approval.ts';
import type { CommandBody } from '../../domain/signal/command.ts';
import type { Signal, SignalPart } from '../../domain/signal/signal.ts';
import type { Change } from '../../ledger/ledger.ts';
import { currentQuote } from '../facts.ts';
import { notice, shortId } from '../notices.ts';
import type { AccountState } from '../state.ts';
import type { SignalTask } from '../tasks.ts';
import type { Term } from '../term.ts';

type Decide = Extract<CommandBody, { kind: 'signal.decide' }>;

/** How long a venue may take to tell the price at arrival, milliseconds. */
const PRICE_MS = 2_000;

/**
 * Asks a person before the signal is carried out: recorded with the prices as they are, told with two buttons. Nothing of it stays in
 * memory but the demand itself; the ledger has it, so that the next leader takes the answer as well.
 */
export async function askApproval(term: Term, task: SignalTask, accounts: readonly AccountState[], wanted: HookApproval): Promise<void> {
  const { signal, alert } = task;
  term.begin(
    signal.id,
    accounts.map(({ account }) => account.id),
  );
  const prices = await Promise.all(accounts.map((account) => priceAtArrival(term, task, account)));
  const { now } = term;
  const expiresAt = now + wanted.expiresSec * 1000;
  const asked: Approval = {
    ...{ signalId: signal.id, askedAt: now, expiresAt, maxDriftPercent: wanted.maxDriftPercent, prices },
    ...{ decision: null, decidedBy: null, decidedAt: null },
  };
  const until = new Date(expiresAt).toISOString();
  const shown = prices.map(({ symbol, price }) => `${symbol} at ${price ?? 'an unknown price'}`);
  const where = `${accounts.map(({ account }) => account.name).join(', ')}: ${[...new Set(shown)].join(', ')}`;
  const text = `Approve? ${explainAlert(alert)} (${where}) Until ${until}. [signal ${shortId(signal.id)} from ${signal.actor.name}]`;
  const button = (label: string, decision: Decide['decision']) =>
    ({ label, command: { kind: 'signal.decide', signalId: signal.id, decision }, role: 'trader' }) as const;
  await term.commit([
    { kind: 'signal.received', signal },
    { kind: 'approval.put', approval: asked },
    approvalEvent(signal, `waits for approval until ${until}; ${where}`, now),
    ...accounts.map(({ account }): Change => {
      return partChange(
        {
          signalId: signal.id,
          accountId: account.id,
          status: 'accepted',
          ...about('AWAITS_APPROVAL', `Waits for approval until ${until}.`),
        },
        now,
      );
    }),
    notice({ newId: term.deps.newId, now }, 'warning', text, {
      ...{ signalId: signal.id, correlationId: signal.correlationId, expiresAt },
      buttons: [button('Approve', 'approve'), button('Reject', 'reject')],
    }),
  ]);
  for (const { account } of accounts) term.finish(signal.id, account.id);
}

async function priceAtArrival(term: Term, { alert }: SignalTask, account: AccountState): Promise<ApprovalPrice> {
  const { id, market: preferred } = account.account;
  const known = async (): Promise<ApprovalPrice> => {
    const opened = await term.venues.open(account);
    const found = opened.ok ? resolveSymbol(opened.venue.index, alert.symbol, preferred) : null;
    if (!opened.ok || !found?.ok) return { accountId: id, symbol: alert.symbol, price: null };
    const quote = await currentQuote(opened.venue, found.market.symbol);
    return { accountId: id, symbol: found.market.symbol, price: quote?.last.toFixed() ?? null };
  };
  const late = term.deps.clock.sleep(PRICE_MS, term.signal).then(() => ({ accountId: id, symbol: alert.symbol, price: null }));
  return Promise.race([known(), late]);
}

function about(code: ReasonCode, message: string): Pick<SignalPart, 'code' | 'message'> {
  return { code, message };
}

export function partChange(part: SignalPart, at: number): Change {
  return { kind: 'signal.part', part, at };
}

export function approvalEvent({ id }: Signal, detail: string, at: number): Change {
  return { kind: 'signal.event', signalId: id, stage: 'approval', detail, at };
}
