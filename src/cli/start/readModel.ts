import { createPostgresReadModel } from '../../ledger/postgresReadModel.ts';
import { BadCursorError, type ReadModel } from '../../ledger/readModel.ts';
import type { Breaker } from '../../ops/breaker.ts';
import type { Breakers } from './breakers.ts';
import type { Connections } from './connections.ts';

/** What people are shown, from read-only sessions, behind the circuit breaker of reads. */
export function openReadModel({ connections, breakers }: { connections: Pick<Connections, 'reader'>; breakers: Breakers }): ReadModel {
  return behindBreaker(createPostgresReadModel({ pool: connections.reader }), breakers.of('Postgres reads', isReadFailure));
}

/** Prisma's P2… are answers of a database that is there, except those about its connections and about raw queries (any cause). */
const P2_FAILURES: ReadonlySet<unknown> = new Set(['P2010', 'P2024', 'P2028', 'P2037']);

function isReadFailure(error: unknown): boolean {
  if (error instanceof BadCursorError) return false;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return !code.startsWith('P2') || P2_FAILURES.has(code);
}

function behindBreaker(readModel: ReadModel, breaker: Breaker): ReadModel {
  const guarded =
    <Args extends unknown[], Result>(read: (...args: Args) => Promise<Result>) =>
    (...args: Args): Promise<Result> =>
      breaker.execute(() => read(...args));
  return {
    forUser: (userId) => behindBreaker(readModel.forUser(userId), breaker),
    signals: guarded(readModel.signals),
    signal: guarded(readModel.signal),
    orders: guarded(readModel.orders),
    order: guarded(readModel.order),
    trades: guarded(readModel.trades),
    trade: guarded(readModel.trade),
    tradeSummary: guarded(readModel.tradeSummary),
    positions: guarded(readModel.positions),
    balances: guarded(readModel.balances),
    drifts: guarded(readModel.drifts),
    funding: guarded(readModel.funding),
    performance: guarded(readModel.performance),
    accounts: guarded(readModel.accounts),
    hedges: guarded(readModel.hedges),
    hooks: guarded(readModel.hooks),
    whitelist: guarded(readModel.whitelist),
    banRulings: guarded(readModel.banRulings),
    tradingState: guarded(readModel.tradingState),
    riskLimits: guarded(readModel.riskLimits),
    audit: guarded(readModel.audit),
    auditHead: guarded(readModel.auditHead),
    checkAudit: guarded(readModel.checkAudit),
    cluster: guarded(readModel.cluster),
    userByEmail: guarded(readModel.userByEmail),
    userByTelegramId: guarded(readModel.userByTelegramId),
    people: guarded(readModel.people),
    telegramLinks: guarded(readModel.telegramLinks),
    proposals: guarded(readModel.proposals),
    reply: guarded(readModel.reply),
    configVersion: guarded(readModel.configVersion),
  };
}
