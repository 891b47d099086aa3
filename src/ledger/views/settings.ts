import { type BanRuling, LIFT_KEPT_MS } from '../../domain/access/ban.ts';
import type { WhitelistEntry } from '../../domain/access/whitelist.ts';
import type { Account } from '../../domain/portfolio/account.ts';
import type { RiskLimits, TradingMode } from '../../domain/risk/risk.ts';
import type { CommandReply } from '../../domain/signal/command.ts';
import type { Hook } from '../../domain/signal/hook.ts';
import { instanceOf } from '../../ops/holder.ts';
import type { AuditFilter, AuditView, ClusterView, Page, PageRequest, TradingStateView } from '../readModel.ts';
import { accountOfScope, toAccount, toHook, toLimits, toRuling, toWhitelistEntry } from '../records.ts';
import { PAGED, pageOf, pageQuery } from './cursor.ts';
import type { Database } from './database.ts';
import type { Hidden } from './sight.ts';

export async function readAccounts(database: Database, hidden: Hidden): Promise<Account[]> {
  const records = await database.account.findMany({
    where: { removedAt: null, id: { notIn: hidden.accountIds } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  return records.map(toAccount);
}

export async function readHooks(database: Database, hidden: Hidden): Promise<Hook[]> {
  const records = await database.hook.findMany({
    where: { removedAt: null, id: { notIn: hidden.hookIds } },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });
  return records.map(toHook);
}

export async function readWhitelist(database: Database): Promise<WhitelistEntry[]> {
  const records = await database.whitelistEntry.findMany({ where: { removedAt: null }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
  return records.map(toWhitelistEntry);
}

export async function readBanRulings(database: Database, now: number): Promise<BanRuling[]> {
  const recent = { until: null, at: { gt: new Date(now - LIFT_KEPT_MS) } };
  const records = await database.banRuling.findMany({
    where: { OR: [{ until: { gt: new Date(now) } }, recent] },
    orderBy: [{ at: 'asc' }, { network: 'asc' }],
  });
  return records.map(toRuling);
}

/** Active until somebody says otherwise. Removed accounts have no state. */
export async function readTradingState(database: Database, hidden: Hidden): Promise<TradingStateView> {
  const [names, states] = await Promise.all([accountsNow(database, hidden), database.tradingState.findMany({ orderBy: { scope: 'asc' } })]);
  const all = states.find(({ scope }) => accountOfScope(scope) === null);
  const accounts = states.flatMap(({ scope, mode, reason, at }) => {
    const account = names.get(scope);
    return account === undefined ? [] : [{ account, mode: mode as TradingMode, reason, since: at.toISOString() }];
  });
  return { mode: (all?.mode ?? 'active') as TradingMode, reason: all?.reason ?? null, since: all?.at.toISOString() ?? null, accounts };
}

/** Null stands for all accounts. */
export async function readRiskLimits(database: Database, hidden: Hidden): Promise<{ account: string | null; limits: RiskLimits }[]> {
  const [names, records] = await Promise.all([accountsNow(database, hidden), database.riskLimit.findMany({ orderBy: { scope: 'asc' } })]);
  return records.flatMap((record) => {
    const account = accountOfScope(record.scope) === null ? null : names.get(record.scope);
    return account === undefined ? [] : [{ account, limits: toLimits(record) }];
  });
}

async function accountsNow(database: Database, hidden: Hidden): Promise<ReadonlyMap<string, string>> {
  const accounts = await database.account.findMany({
    where: { removedAt: null, id: { notIn: hidden.accountIds } },
    select: { id: true, name: true },
  });
  return new Map(accounts.map(({ id, name }) => [id, name]));
}

export async function readAudit(database: Database, page: PageRequest, filter: AuditFilter = {}): Promise<Page<AuditView>> {
  const { where, take } = pageQuery(PAGED.audit, page);
  const [actor, action, subject] = [filter.actor, filter.action, filter.subject].map(matching);
  const at = { ...(filter.from ? { gte: new Date(filter.from) } : {}), ...(filter.to ? { lt: new Date(filter.to) } : {}) };
  const wanted = { ...(actor && { actor }), ...(action && { action }), ...(subject && { subject }), at };
  const rows = await database.auditEntry.findMany({ where: { AND: [wanted, where] }, orderBy: [{ at: 'desc' }, { id: 'desc' }], take });
  return pageOf(PAGED.audit, rows, page, (shown) => shown.map((row) => ({ ...row, at: row.at.toISOString(), seq: Number(row.seq) })));
}

function matching(text: string | undefined): { equals: string } | { startsWith: string } | undefined {
  if (text === undefined) return undefined;
  return text.endsWith('*') ? { startsWith: text.slice(0, -1) } : { equals: text };
}

/** `userId`: only if it answers this user; null: whoever it answers. */
export async function readReply(database: Database, userId: string | null, commandId: string): Promise<CommandReply | null> {
  const where = userId === null ? { commandId } : { commandId, userId };
  return database.commandReply.findUnique({ where, select: { status: true, body: true } });
}

export async function readConfigVersion(database: Database): Promise<number> {
  const row = await database.configVersion.findUnique({ where: { id: 1 } });
  return Number(row?.version ?? 0);
}

/** Of two processes of one name, the one silent for longer than the other by this much was the other's predecessor, milliseconds. */
const SUPERSEDED_MS = 5_000;

/** Who holds the lease by the database's clock, and every instance that was heard of within a minute. */
export async function readCluster(database: Database): Promise<ClusterView> {
  const [lease, instances] = await Promise.all([
    database.$queryRaw<{ holder: string; epoch: bigint; held: boolean }[]>`
      SELECT holder, epoch, expires_at > now() AS held FROM leader_lease WHERE id = 1`,
    database.$queryRaw<{ id: string; version: string; lastSeenAt: Date }[]>`
      SELECT id, version, last_seen_at AS "lastSeenAt" FROM instances
      WHERE last_seen_at > now() - interval '1 minute' ORDER BY started_at, id`,
  ]);
  const leader = lease[0]?.held ? lease[0].holder : null;
  return {
    leader: leader && instanceOf(leader),
    epoch: Number(lease[0]?.epoch ?? 0),
    instances: instances
      .filter((instance) => !instances.some((other) => supersedes(other, instance)))
      .map(({ id, version, lastSeenAt }) => {
        return { id: instanceOf(id), role: id === leader ? 'leader' : 'follower', lastSeenAt: lastSeenAt.toISOString(), version };
      }),
  };
}

interface Seen {
  readonly id: string;
  readonly lastSeenAt: Date;
}

function supersedes(other: Seen, instance: Seen): boolean {
  return instanceOf(other.id) === instanceOf(instance.id) && other.lastSeenAt.getTime() - instance.lastSeenAt.getTime() > SUPERSEDED_MS;
}
