import { FencedError, type Ledger, type Outbox } from './ledger.ts';

/** The ledger of an instance that leads from time to time. Between terms there is none: everything is refused as by the fence. */
export interface LedgerOfTerms extends Ledger, Outbox {
  /** The next term's, or null when a term is over. */
  use(ledger: (Ledger & Outbox) | null): void;
}

export function createLedgerOfTerms(): LedgerOfTerms {
  let current: (Ledger & Outbox) | null = null;
  const held = (): Ledger & Outbox => {
    if (current === null) throw new FencedError('this instance does not lead');
    return current;
  };
  return {
    use: (ledger) => {
      current = ledger;
    },
    append: async (epoch, changes) => held().append(epoch, changes),
    load: async (dayStart) => held().load(dayStart),
    handled: async (ids) => held().handled(ids),
    booked: async (ids) => held().booked(ids),
    ordersNamed: async (accountId, names) => held().ordersNamed(accountId, names),
    recall: async (signalId) => held().recall(signalId),
    approval: async (signalId) => held().approval(signalId),
    pending: async (limit, audiences, recipientId) => held().pending(limit, audiences, recipientId),
    recipients: async () => held().recipients(),
    markSent: async (epoch, seqs, at, place) => held().markSent(epoch, seqs, at, place),
    markFailed: async (epoch, seq, error, dead, at) => held().markFailed(epoch, seq, error, dead, at),
    choice: async (noticeId) => held().choice(noticeId),
    choicesToClose: async (now, limit) => held().choicesToClose(now, limit),
    markPressed: async (epoch, choiceId, press) => held().markPressed(epoch, choiceId, press),
    openQuestion: async (audience, recipientId) => held().openQuestion(audience, recipientId),
    ask: async (epoch, question) => held().ask(epoch, question),
    updateCursor: async (bot) => held().updateCursor(bot),
    markUpdate: async (epoch, bot, cursor) => held().markUpdate(epoch, bot, cursor),
    markClosed: async (epoch, seqs, at) => held().markClosed(epoch, seqs, at),
  };
}
