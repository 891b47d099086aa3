import type { AccountId } from '../domain/ids.ts';
import type { Command, CommandBody } from '../domain/signal/command.ts';
import { noteMalformed, noteRepeat } from './alertNotes.ts';
import { decideSignal } from './approval/approvals.ts';
import { addBan, liftBan, putWhitelist, removeFromWhitelist, setPreset } from './commands/accessCommands.ts';
import {
  cancelCandleJob,
  createAccount,
  putHook,
  raiseNotice,
  removeAccount,
  removeHook,
  rotateHook,
  setRisk,
  testAccount,
} from './commands/adminCommands.ts';
import { changeAccount, enableAccount } from './commands/ownershipCommands.ts';
import { rewrapSecrets } from './commands/secretCommands.ts';
import { amendByRequest, cancelByRequest, createOrder, setTrading } from './commands/tradingCommands.ts';
import { resolveOrder } from './doubt/unresolved.ts';
import { putHedge, removeHedge, switchHedge, tradeHedge } from './hedging/hedgeCommands.ts';
import { decideProposal, heldForFourEyes } from './people/fourEyes.ts';
import { handlePeople } from './people/peopleCommands.ts';
import { refusalOf } from './people/rights.ts';
import { carryOutTelegram } from './people/telegramCommands.ts';
import { replyTo } from './records.ts';
import { runSignal } from './signals.ts';
import type { Term } from './term.ts';
import { decideDrift } from './watch/driftCommands.ts';

/**
 * ④ Carries out one command and resolves when nothing of it is left undone: then it may be acknowledged. Signals go
 * load → plan → risk → intent → venue → outcome (carryOut.ts); everything else is a change of settings or of one order.
 * Called in `seq` order; synchronous until the command has joined its lanes. `skip`: accounts already dealt with.
 */
export function handleCommand(term: Term, command: Command, skip: readonly AccountId[]): Promise<void> {
  const refusal = refusalOf(term.state, command);
  if (refusal) return term.commit([replyTo(term, command, 403, refusal)]);
  return heldForFourEyes(term, command) ?? carryOut(term, command, skip);
}

function carryOut(term: Term, command: Command, skip: readonly AccountId[]): Promise<void> {
  const { body } = command;
  switch (body.kind) {
    case 'alert':
      return runSignal(term, command, body.payload, body.hookId, skip).then(() => undefined);
    case 'order.create':
      return createOrder(term, command, body.payload, skip);
    case 'alert.repeat':
      return noteRepeat(term, command, body);
    case 'alert.malformed':
      return noteMalformed(term, command, body);
    case 'order.amend':
      return amendByRequest(term, command, body);
    case 'order.cancel':
      return cancelByRequest(term, command, body);
    case 'signal.decide':
      return decideSignal(term, command, body);
    case 'order.resolve':
      return resolveOrder(term, command, body);
    case 'drift.decide':
      return decideDrift(term, command, body, skip);
    case 'trading.set':
      return setTrading(term, command, body);
    case 'risk.set':
      return setRisk(term, command, body);
    case 'account.create':
    case 'account.remove':
    case 'account.test':
    case 'account.change':
    case 'account.enable':
      return carryOutAccount(term, command, body);
    case 'hedge.put':
      return putHedge(term, command, body);
    case 'hedge.remove':
      return removeHedge(term, command, body);
    case 'hedge.switch':
      return switchHedge(term, command, body);
    case 'hedge.trade':
      return tradeHedge(term, command, body, skip);
    case 'hook.put':
      return putHook(term, command, body);
    case 'hook.rotate':
      return rotateHook(term, command, body);
    case 'hook.remove':
      return removeHook(term, command, body);
    case 'whitelist.put':
      return putWhitelist(term, command, body);
    case 'whitelist.remove':
      return removeFromWhitelist(term, command, body);
    case 'whitelist.preset':
      return setPreset(term, command, body);
    case 'ban.add':
      return addBan(term, command, body);
    case 'ban.lift':
      return liftBan(term, command, body);
    case 'secrets.rewrap':
      return rewrapSecrets(term, command, body);
    case 'telegram.code':
    case 'telegram.link':
    case 'telegram.unlink':
      return carryOutTelegram(term, command, body);
    case 'candles.cancel':
      return cancelCandleJob(term, command, body);
    case 'notice.raise':
      return raiseNotice(term, command, body);
    case 'proposal.decide':
      return decideProposal(term, command, body, (confirmed) => carryOut(term, confirmed, skip));
    default:
      return handlePeople(term, command, body);
  }
}

function carryOutAccount(term: Term, command: Command, body: Extract<CommandBody, { kind: `account.${string}` }>): Promise<void> {
  switch (body.kind) {
    case 'account.create':
      return createAccount(term, command, body);
    case 'account.remove':
      return removeAccount(term, command, body);
    case 'account.test':
      return testAccount(term, command, body);
    case 'account.change':
      return changeAccount(term, command, body);
    case 'account.enable':
      return enableAccount(term, command, body);
  }
}
