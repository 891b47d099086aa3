import type { Actor, CommandBody } from '../../domain/signal/command.ts';
import type { SignalStory } from '../readModel.ts';
import type { Database } from './database.ts';
import type { Hidden } from './sight.ts';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * A signal that was accepted and that no leader has taken yet, as the Postgres command log holds it: whoever got a `202` can ask
 * at once. Null for anything else, and for commands that wait in Redis.
 */
export async function readWaitingSignal(database: Database, hidden: Hidden, id: string): Promise<SignalStory | null> {
  if (!GUID.test(id)) return null;
  const entry = await database.commandLogEntry.findUnique({ where: { id } });
  const body = entry?.body as unknown as CommandBody | undefined;
  if (!entry || (body?.kind !== 'alert' && body?.kind !== 'order.create')) return null;
  const hookId = body.kind === 'alert' ? body.hookId : null;
  const owner = (entry.actor as unknown as Actor).rights?.userId ?? null;
  if (hookId === null ? hidden.userId !== null && owner !== hidden.userId : hidden.hookIds.includes(hookId)) return null;
  const hook = hookId === null ? null : await database.hook.findUnique({ where: { id: hookId }, select: { name: true } });
  const payload: Record<string, unknown> = JSON.parse(body.payload);
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const receivedAt = entry.receivedAt.toISOString();
  return {
    id,
    hookId,
    hook: hook?.name ?? null,
    source: body.kind === 'alert' ? 'alert' : 'api',
    status: 'accepted',
    code: null,
    message: null,
    receivedAt,
    payload,
    correlationId: entry.correlationId,
    repeats: 0,
    strategy: text(payload.strategy),
    tag: text(payload.tag),
    accounts: [],
    orders: [],
    events: [{ at: receivedAt, stage: 'received', detail: `from ${(entry.actor as unknown as Actor).name}; waits for the leader` }],
  };
}
