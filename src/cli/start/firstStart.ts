import type { Submit } from '../../api/commandClient.ts';
import type { Config } from '../../config/config.ts';
import { newUser } from '../../domain/people/user.ts';
import type { Actor, CommandBody } from '../../domain/signal/command.ts';
import { firstProofs } from '../../domain/signal/hookProofs.ts';
import type { ReadModel } from '../../ledger/readModel.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { hashPassword, randomPassword, randomToken } from '../../ops/passwords.ts';

/** What the first start made, shown this once. */
export interface FirstStart {
  readonly adminEmail: string;
  /** Null when the password came from the environment. */
  readonly adminPassword: string | null;
  /** Null where no demo hook was made (a database of one's own). */
  readonly hookKey: string | null;
}

const YEAR_MS = 365 * 86_400_000;
const ACTOR: Actor = { name: 'system', address: null };

/**
 * Creates what an empty installation needs: an admin, and on the embedded database a paper account with a demo hook. Each is a
 * command with a key of its own, so that instances starting together make one of each; null when there was nothing to do.
 */
export async function firstStart(options: {
  readonly config: Config;
  readonly embedded: boolean;
  readonly readModel: ReadModel;
  readonly submit: Submit;
  readonly newId: () => string;
  readonly now: number;
}): Promise<FirstStart | null> {
  const { config, embedded, readModel, newId, now } = options;
  const { adminEmail, adminPassword } = config.secrets;
  if (await readModel.userByEmail(adminEmail)) return null;
  const password = adminPassword ?? randomPassword();
  // The admin last: until there is one, a start that was cut short is a first start again.
  const hookKey = embedded ? await makeDemo(options) : null;
  const user = newUser({ id: newId(), email: adminEmail, role: 'admin', passwordHash: await hashPassword(password), createdAt: now });
  const first = await make(options, 'admin', { kind: 'user.create', user });
  if (!first) return null;
  return { adminEmail, adminPassword: adminPassword === null ? password : null, hookKey };
}

async function makeDemo(options: { readonly submit: Submit; readonly newId: () => string; readonly now: number }): Promise<string | null> {
  const { newId, now } = options;
  const account = {
    id: newId(),
    name: 'paper',
    venue: 'paper',
    market: null,
    sandbox: false,
    sealedCredentials: null,
    settings: {},
    ownerId: null,
    enabled: true,
    createdAt: now,
  };
  await make(options, 'account', { kind: 'account.create', account });
  const key = randomToken();
  const hook = {
    id: newId(),
    name: 'demo',
    ...firstProofs({ keyHash: sha256Hex(key) }),
    layers: ['ip', 'path'],
    accountIds: [account.id],
    allowlist: [],
    maxAgeSec: 60,
    dedupeWindowSec: 60,
    ratePoints: null,
    enabled: true,
    ownerId: null,
    createdAt: now,
  } as const;
  const made = await make(options, 'hook', { kind: 'hook.put', hook, change: 'created' });
  return made ? key : null;
}

/** True when this call made it; false when another instance was first or nobody leads yet. */
async function make(
  { submit, newId }: { readonly submit: Submit; readonly newId: () => string },
  what: string,
  body: CommandBody,
): Promise<boolean> {
  const dedupe = { key: `first-start:${what}`, ttlMs: YEAR_MS, contentHash: what };
  const submitted = await submit(body, ACTOR, { correlationId: newId(), dedupe, timeoutMs: 15_000 });
  return submitted.kind === 'reply' && !submitted.duplicate && submitted.reply.status < 300;
}
