import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { checkAudit, readAuditHead } from './auditChain.ts';
import { PrismaClient } from './generated/client.ts';
import type { ReadModel } from './readModel.ts';
import { readOrder, readOrders } from './views/orders.ts';
import { readPeople, readUserByEmail } from './views/people.ts';
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
import { readSignal, readSignals } from './views/signals.ts';
import { readTelegramLinks, readUserByTelegramId } from './views/telegram.ts';
import { readTrade, readTradeSummary, readTrades } from './views/trades.ts';

/** The read side on a pool of read-only sessions (see pools.ts), which stays the caller's to close. Rejects with Prisma's errors when the database is not there. */
export function createPostgresReadModel({ pool }: { pool: pg.Pool }): ReadModel {
  const database = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' });
  return {
    signals: (page, filter) => readSignals(database, page, filter),
    signal: (id) => readSignal(database, id),
    orders: (page, filter) => readOrders(database, page, filter),
    order: (id) => readOrder(database, id),
    trades: (page, filter) => readTrades(database, page, filter),
    trade: (id) => readTrade(database, id),
    tradeSummary: (filter) => readTradeSummary(database, filter),
    positions: () => readPositions(database),
    balances: () => readBalances(database),
    performance: (days) => readPerformance(database, days),
    accounts: () => readAccounts(database),
    hooks: () => readHooks(database),
    whitelist: () => readWhitelist(database),
    banRulings: (now) => readBanRulings(database, now),
    tradingState: () => readTradingState(database),
    riskLimits: () => readRiskLimits(database),
    audit: (page, filter) => readAudit(database, page, filter),
    auditHead: () => readAuditHead(pool),
    checkAudit: (proof) => checkAudit(pool, proof),
    cluster: () => readCluster(database),
    userByEmail: (email) => readUserByEmail(database, email),
    userByTelegramId: (telegramId) => readUserByTelegramId(database, telegramId),
    people: () => readPeople(database),
    telegramLinks: () => readTelegramLinks(database),
    reply: (commandId) => readReply(database, commandId),
    configVersion: () => readConfigVersion(database),
  };
}
