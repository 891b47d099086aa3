import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { checkAudit, readAuditHead } from './auditChain.ts';
import { PrismaClient } from './generated/client.ts';
import type { ReadModel } from './readModel.ts';
import type { Database } from './views/database.ts';
import { readDrifts } from './views/drifts.ts';
import { readFunding } from './views/funding.ts';
import { readHedges } from './views/hedges.ts';
import { readOrder, readOrders } from './views/orders.ts';
import { readPeople, readProposals, readUserByEmail } from './views/people.ts';
import { readBalances, readPerformance, readPositions } from './views/portfolio.ts';
import {
  readAccounts,
  readAudit,
  readBanRulings,
  readCluster,
  readConfigVersion,
  readHooks,
  readReply,
  readRiskLimits,
  readTradingState,
  readWhitelist,
} from './views/settings.ts';
import { hiddenFrom } from './views/sight.ts';
import { readSignal, readSignals } from './views/signals.ts';
import { readTelegramLinks, readUserByTelegramId } from './views/telegram.ts';
import { readTrade, readTradeSummary, readTrades } from './views/trades.ts';

/** The read side on a pool of read-only sessions (see pools.ts), which stays the caller's to close. Rejects with Prisma's errors when the database is not there. */
export function createPostgresReadModel({ pool }: { pool: pg.Pool }): ReadModel {
  const database = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' });
  return readModelFor(database, pool, null);
}

function readModelFor(database: Database, pool: pg.Pool, userId: string | null): ReadModel {
  const hidden = () => hiddenFrom(database, userId);
  return {
    forUser: (narrowedTo) => readModelFor(database, pool, narrowedTo),
    signals: async (page, filter) => readSignals(database, await hidden(), page, filter),
    signal: async (id) => readSignal(database, await hidden(), id),
    orders: async (page, filter) => readOrders(database, await hidden(), page, filter),
    order: async (id) => readOrder(database, await hidden(), id),
    trades: async (page, filter) => readTrades(database, await hidden(), page, filter),
    trade: async (id) => readTrade(database, await hidden(), id),
    tradeSummary: async (filter) => readTradeSummary(database, await hidden(), filter),
    positions: async () => readPositions(database, await hidden()),
    balances: async () => readBalances(database, await hidden()),
    drifts: async () => readDrifts(database, await hidden()),
    funding: async (page, filter) => readFunding(database, await hidden(), page, filter),
    performance: async (days) => readPerformance(database, await hidden(), days),
    accounts: async () => readAccounts(database, await hidden()),
    hedges: async () => readHedges(database, await hidden()),
    hooks: async () => readHooks(database, await hidden()),
    whitelist: () => readWhitelist(database),
    banRulings: (now) => readBanRulings(database, now),
    tradingState: async () => readTradingState(database, await hidden()),
    riskLimits: async () => readRiskLimits(database, await hidden()),
    audit: (page, filter) => readAudit(database, page, filter),
    auditHead: () => readAuditHead(pool),
    checkAudit: (proof) => checkAudit(pool, proof),
    cluster: () => readCluster(database),
    userByEmail: (email) => readUserByEmail(database, email),
    userByTelegramId: (telegramId) => readUserByTelegramId(database, telegramId),
    people: () => readPeople(database),
    telegramLinks: () => readTelegramLinks(database),
    proposals: (limit) => readProposals(database, limit),
    reply: (commandId) => readReply(database, userId, commandId),
    configVersion: () => readConfigVersion(database),
  };
}
