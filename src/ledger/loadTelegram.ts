import type pg from 'pg';
import type { LedgerSnapshot } from './ledger.ts';
import { rowsOf } from './rowsOf.ts';

/** Who is linked to which account on Telegram, and whose code waits. */
export async function loadTelegram(client: pg.ClientBase): Promise<LedgerSnapshot['telegram']> {
  const [codes, links] = await Promise.all([
    rowsOf<{ userId: string; codeHash: string; expiresAt: Date }>(client, 'SELECT * FROM telegram_codes ORDER BY user_id'),
    rowsOf<{ telegramId: string; userId: string; linkedAt: Date }>(client, 'SELECT * FROM telegram_links ORDER BY user_id'),
  ]);
  return {
    codes: codes.map((code) => ({ ...code, expiresAt: code.expiresAt.getTime() })),
    links: links.map((link) => ({ ...link, linkedAt: link.linkedAt.getTime() })),
  };
}
