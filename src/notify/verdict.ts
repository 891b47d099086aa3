import type { Choice } from '../ledger/ledger.ts';

/** What became of a choice, in one line for its message; null while it is open. `now`: epoch ms. */
export function verdictOf({ press, expiresAt = null }: Choice, now: number): string | null {
  if (press !== null) {
    const result = press.result === null ? '' : ` – ${press.result}`;
    return `☑️ ${press.label}: ${personOf(press.by)}, ${secondOf(press.at)}${result}`;
  }
  if (expiresAt === null || expiresAt > now) return null;
  return `⌛ Expired ${secondOf(expiresAt)}. Nobody chose.`;
}

/** `user:ada@example.com` → `ada@example.com` */
function personOf(actor: string): string {
  return actor.replace(/^user:/, '');
}

/** `2026-03-01 12:00:05 UTC` */
function secondOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
