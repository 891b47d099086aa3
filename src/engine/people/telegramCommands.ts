import type { Command } from '../../domain/signal/command.ts';
import type { TelegramCommand } from '../../domain/telegram.ts';
import { recorded } from '../commands/securityEvents.ts';
import { auditOf, refuseWith, replyTo } from '../records.ts';
import type { Term } from '../term.ts';
import { spendSecondFactor } from './secondFactors.ts';
import { isOwnOrAdmin, missingUser, refuseStranger } from './userCommands.ts';

type Body<K extends TelegramCommand['kind']> = Extract<TelegramCommand, { kind: K }>;

/** Links between users and their accounts on Telegram: who may be heard there, and as whom. */
export function carryOutTelegram(term: Term, command: Command, body: TelegramCommand): Promise<void> {
  switch (body.kind) {
    case 'telegram.code':
      return newCode(term, command, body);
    case 'telegram.link':
      return link(term, command, body);
    case 'telegram.unlink':
      return unlink(term, command, body);
  }
}

async function newCode(term: Term, command: Command, { code, secondFactor = null }: Body<'telegram.code'>): Promise<void> {
  const user = term.state.people.users.get(code.userId);
  if (!user) return missingUser(term, command);
  if (!isOwnOrAdmin(term, command, user.id)) return refuseStranger(term, command);
  // Else a stolen session would go on in a chat when it has ended.
  const spent = spendSecondFactor(term.state, command.actor, secondFactor);
  if (!spent.ok) return refuseWith(term, command, 403, spent.refusal.code, spent.refusal.message);
  await term.commit([
    ...(spent.user ? [{ kind: 'user.put' as const, user: spent.user }] : []),
    { kind: 'telegram.code', code },
    auditOf(term, command, 'telegram.code', user.email, null, { expiresAt: new Date(code.expiresAt).toISOString() }),
    replyTo(term, command, 201, { expiresAt: code.expiresAt }),
  ]);
}

async function link(term: Term, command: Command, { codeHash, telegramId }: Body<'telegram.link'>): Promise<void> {
  const { codes, links } = term.state.telegram;
  const code = [...codes.values()].find((known) => known.codeHash === codeHash);
  const user = code && code.expiresAt > term.now ? term.state.people.users.get(code.userId) : undefined;
  if (!user || user.disabledAt !== null)
    return refuseWith(term, command, 404, 'TELEGRAM_CODE_UNKNOWN', 'This code is wrong, used up or older than ten minutes. Get a new one.');
  const before = links.get(user.id)?.telegramId ?? null;
  await term.commit([
    { kind: 'telegram.linked', link: { telegramId, userId: user.id, linkedAt: term.now } },
    ...recorded(term, command, 'telegram.link', user.email, { telegramId: before }, { telegramId }),
    replyTo(term, command, 200, { userId: user.id }),
  ]);
}

async function unlink(term: Term, command: Command, { userId }: Body<'telegram.unlink'>): Promise<void> {
  const known = term.state.telegram.links.get(userId);
  if (!isOwnOrAdmin(term, command, userId)) return refuseStranger(term, command);
  if (!known) return refuseWith(term, command, 404, 'NOT_FOUND', 'This user has no Telegram account linked.');
  const email = term.state.people.users.get(userId)?.email ?? userId;
  await term.commit([
    { kind: 'telegram.unlinked', userId },
    ...recorded(term, command, 'telegram.unlink', email, { telegramId: known.telegramId }, { telegramId: null }),
    replyTo(term, command, 200, { userId }),
  ]);
}
