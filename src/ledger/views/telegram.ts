import type { User } from '../../domain/people/user.ts';
import { toUser } from '../peopleRecords.ts';
import type { TelegramLinkView } from '../readModel.ts';
import type { Database } from './database.ts';

/** The user who linked this person of Telegram, if they may still act. */
export async function readUserByTelegramId(database: Database, telegramId: string): Promise<User | null> {
  const link = await database.telegramLink.findUnique({ where: { telegramId } });
  const record = link && (await database.user.findUnique({ where: { id: link.userId, disabledAt: null } }));
  return record && toUser(record);
}

export async function readTelegramLinks(database: Database): Promise<TelegramLinkView[]> {
  const links = await database.telegramLink.findMany();
  const users = await database.user.findMany({ where: { id: { in: links.map(({ userId }) => userId) } }, orderBy: { email: 'asc' } });
  return users.flatMap(({ id, email, role }) => {
    const link = links.find(({ userId }) => userId === id);
    return link ? [{ telegramId: link.telegramId, user: email, role, linkedAt: link.linkedAt.toISOString() }] : [];
  });
}
