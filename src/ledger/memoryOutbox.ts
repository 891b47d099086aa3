import type { Epoch } from '../domain/ids.ts';
import type { Choice, Notice, Outbox, Recipient } from './ledger.ts';
import type { LedgerContent, StoredNotice } from './memoryContent.ts';

type OutboxContent = Pick<LedgerContent, 'notices' | 'telegram' | 'cursors'>;

/** The outbox over `content`, with the rules of loadOutbox.ts. `assertLeader` throws for an epoch that is over. */
export function createMemoryOutbox({ notices, telegram, cursors }: OutboxContent, assertLeader: (epoch: Epoch) => void): Outbox {
  const withSeq = (seqs: readonly number[]): StoredNotice[] => [...notices.values()].filter((stored) => seqs.includes(stored.seq));
  const choices = (): { stored: StoredNotice; choice: Choice }[] =>
    [...notices.values()].flatMap((stored) => {
      const choice = choiceOf(stored);
      return choice === null ? [] : [{ stored, choice }];
    });
  const waiting = (): StoredNotice[] => [...notices.values()].filter(({ sentAt, deadAt }) => sentAt === null && deadAt === null);
  return {
    pending: async (limit, audiences, recipientId = null) => {
      const unsent = waiting().filter(
        ({ notice }) => (audiences?.includes(notice.audience) ?? true) && (notice.recipientId ?? null) === recipientId,
      );
      const critical = unsent.filter(({ notice }) => notice.severity === 'critical');
      const other = unsent.filter(({ notice }) => notice.severity !== 'critical');
      return [...critical, ...other].slice(0, limit).map(({ notice, seq, attempts }) => ({ ...notice, seq, attempts }));
    },
    recipients: async () => {
      const found = new Map<string, Recipient>();
      for (const { notice } of waiting()) {
        const { audience, recipientId = null } = notice;
        const chat = telegram.links.get(recipientId ?? '')?.telegramId ?? null;
        if (recipientId !== null) found.set(`${audience}\0${recipientId}`, { audience, recipientId, chat });
      }
      return [...found.values()];
    },
    openQuestion: async (audience, recipientId) => {
      const open = choices().filter(({ stored, choice }) => {
        return stored.closedAt === null && stored.deadAt === null && choice.audience === audience && choice.recipientId === recipientId;
      });
      return open.findLast(({ choice }) => choice.press === null)?.choice ?? null;
    },
    ask: async (epoch, question) => {
      assertLeader(epoch);
      putNotice(notices, question);
    },
    updateCursor: async (bot) => cursors.get(bot) ?? null,
    markUpdate: async (epoch, bot, cursor) => {
      assertLeader(epoch);
      cursors.set(bot, cursor);
    },
    markSent: async (epoch, seqs, at, place = null) => {
      assertLeader(epoch);
      for (const stored of withSeq(seqs)) Object.assign(stored, { sentAt: at, error: null, place });
    },
    markFailed: async (epoch, seq, error, dead, at) => {
      assertLeader(epoch);
      for (const stored of withSeq([seq])) Object.assign(stored, { attempts: stored.attempts + 1, error, deadAt: dead ? at : null });
    },
    choice: async (noticeId) => choices().find(({ choice }) => choice.id === noticeId)?.choice ?? null,
    choicesToClose: async (now, limit) => {
      const over = ({ press, expiresAt = null }: Choice): boolean => press !== null || (expiresAt !== null && expiresAt <= now);
      return choices()
        .filter(({ stored, choice }) => stored.closedAt === null && choice.place !== null && over(choice))
        .map(({ choice }) => choice)
        .slice(0, limit);
    },
    markPressed: async (epoch, choiceId, press) => {
      assertLeader(epoch);
      for (const { stored, choice } of choices()) if (choice.choiceId === choiceId) stored.press = press;
    },
    markClosed: async (epoch, seqs, at) => {
      assertLeader(epoch);
      for (const stored of withSeq(seqs)) stored.closedAt = at;
    },
  };
}

const UNSENT = { attempts: 0, sentAt: null, deadAt: null, error: null, place: null, press: null, closedAt: null };

/** Stores a notice, unless its id is known. */
export function putNotice(notices: LedgerContent['notices'], notice: Notice): void {
  if (!notices.has(notice.id)) notices.set(notice.id, { seq: notices.size + 1, notice, ...UNSENT });
}

function choiceOf({ notice, seq, attempts, place, press }: StoredNotice): Choice | null {
  const { buttons, copyOf } = notice;
  return buttons ? { ...notice, buttons, seq, attempts, choiceId: copyOf ?? notice.id, place, press } : null;
}
