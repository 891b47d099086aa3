import type { Epoch } from '../domain/ids.ts';
import type { Choice, Outbox } from './ledger.ts';
import type { LedgerContent, StoredNotice } from './memoryContent.ts';

/** The outbox over `content`, with the rules of loadOutbox.ts. `assertLeader` throws for an epoch that is over. */
export function createMemoryOutbox({ notices }: Pick<LedgerContent, 'notices'>, assertLeader: (epoch: Epoch) => void): Outbox {
  const withSeq = (seqs: readonly number[]): StoredNotice[] => [...notices.values()].filter((stored) => seqs.includes(stored.seq));
  const choices = (): { stored: StoredNotice; choice: Choice }[] =>
    [...notices.values()].flatMap((stored) => {
      const choice = choiceOf(stored);
      return choice === null ? [] : [{ stored, choice }];
    });
  return {
    pending: async (limit, audiences) => {
      const unsent = [...notices.values()].filter(
        ({ notice, sentAt, deadAt }) => sentAt === null && deadAt === null && (audiences?.includes(notice.audience) ?? true),
      );
      const critical = unsent.filter(({ notice }) => notice.severity === 'critical');
      const other = unsent.filter(({ notice }) => notice.severity !== 'critical');
      return [...critical, ...other].slice(0, limit).map(({ notice, seq, attempts }) => ({ ...notice, seq, attempts }));
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

function choiceOf({ notice, seq, attempts, place, press }: StoredNotice): Choice | null {
  const { buttons, copyOf } = notice;
  return buttons ? { ...notice, buttons, seq, attempts, choiceId: copyOf ?? notice.id, place, press } : null;
}
