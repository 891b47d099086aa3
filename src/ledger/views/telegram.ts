import type { User } from '../../domain/people/user.ts';
import { toUser } from '../peopleRecords.ts';
import type { Database } from './database.ts';

/** The user who linked this person of Telegram. */
export async function readUserByTelegramId(database: Database, telegramId: string): Promise<User | null> {
  const link = await database.telegramLink.findUnique({ where: { telegramId } });
  const record = link && (await database.user.findUnique({ where: { id: link.userId } }));
  return record && toUser(record);
}
