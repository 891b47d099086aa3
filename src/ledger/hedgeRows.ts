import type { Hedge, HedgeProgress } from '../domain/hedge/hedge.ts';
import { iso, type Row } from './rows.ts';

export interface HedgeRecord {
  id: string;
  name: string;
  ownerId: string | null;
  parentAccountId: string;
  parentSymbol: string;
  hedgeAccountId: string;
  hedgeSymbol: string;
  ratio: string;
  by: string;
  band: string;
  minIntervalSec: number;
  enabled: boolean;
  createdAt: Date;
}

export interface HedgeProgressRecord {
  hedgeId: string;
  step: number;
  commandId: string;
  target: string;
  state: string;
  code: string | null;
  message: string | null;
  failures: number;
  at: Date;
}

export function hedgeRow({ id, name, ownerId, parent, hedge, ratio, by, band, minIntervalSec, enabled, createdAt }: Hedge): Row {
  return {
    ...{ id, name, owner_id: ownerId, ratio, by, band, min_interval_sec: minIntervalSec, enabled },
    ...{ parent_account_id: parent.accountId, parent_symbol: parent.symbol },
    ...{ hedge_account_id: hedge.accountId, hedge_symbol: hedge.symbol },
    created_at: iso(createdAt),
    removed_at: null,
  };
}

export function hedgeProgressRow({ hedgeId, step, commandId, target, state, code, message, failures, at }: HedgeProgress): Row {
  return { hedge_id: hedgeId, step, command_id: commandId, target, state, code, message, failures, at: iso(at) };
}

export function toHedge(record: HedgeRecord): Hedge {
  const { id, name, ownerId, ratio, band, minIntervalSec, enabled } = record;
  return {
    ...{ id, name, ownerId, ratio, by: record.by as Hedge['by'], band, minIntervalSec, enabled },
    parent: { accountId: record.parentAccountId, symbol: record.parentSymbol },
    hedge: { accountId: record.hedgeAccountId, symbol: record.hedgeSymbol },
    createdAt: record.createdAt.getTime(),
  };
}

export function toHedgeProgress({
  hedgeId,
  step,
  commandId,
  target,
  code,
  message,
  failures,
  ...record
}: HedgeProgressRecord): HedgeProgress {
  const state = record.state as HedgeProgress['state'];
  return { hedgeId, step, commandId, target, state, code, message, failures, at: record.at.getTime() };
}
