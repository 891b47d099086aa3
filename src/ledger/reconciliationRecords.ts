import type { Drift, DriftCause, DriftStatus } from '../domain/portfolio/drift.ts';
import type { Claim } from '../domain/signal/claim.ts';
import { type StoredDecimal, toDecimal, toDecimalOrNull } from './records.ts';

export interface DriftRecord {
  accountId: string;
  symbol: string;
  id: string;
  cause: string;
  held: StoredDecimal;
  venue: StoredDecimal;
  entryPrice: StoredDecimal | null;
  status: string;
  foundAt: Date;
  updatedAt: Date;
  decidedBy: string | null;
  decisionId: string | null;
}

export interface ClaimRecord {
  hookId: string;
  strategy: string;
  symbol: string;
  accountId: string;
  position: StoredDecimal | null;
  prevPosition: StoredDecimal | null;
  gapFrom: StoredDecimal | null;
  time: Date | null;
  signalId: string;
  seq: string | bigint;
  at: Date;
}

export function toDrift({ id, accountId, symbol, decidedBy, decisionId, ...record }: DriftRecord): Drift {
  const [cause, status] = [record.cause as DriftCause, record.status as DriftStatus];
  return {
    ...{ id, accountId, symbol, cause, held: toDecimal(record.held), venue: toDecimal(record.venue) },
    ...{ entryPrice: toDecimalOrNull(record.entryPrice), status, foundAt: record.foundAt.getTime() },
    ...{ updatedAt: record.updatedAt.getTime(), decidedBy, decisionId },
  };
}

export function toClaim({ hookId, strategy, symbol, accountId, signalId, ...record }: ClaimRecord): Claim {
  return {
    ...{ hookId, strategy, symbol, accountId, position: toDecimalOrNull(record.position) },
    ...{ prevPosition: toDecimalOrNull(record.prevPosition), gapFrom: toDecimalOrNull(record.gapFrom) },
    ...{ time: record.time?.getTime() ?? null, signalId, seq: Number(record.seq), at: record.at.getTime() },
  };
}
