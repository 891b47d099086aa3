import type { Drift } from '../domain/portfolio/drift.ts';
import type { Claim } from '../domain/signal/claim.ts';
import type { Change } from './ledger.ts';
import { iso, isoOrNull, type Row } from './rows.ts';

export function adjustmentRow(change: Extract<Change, { kind: 'position.adjusted' }>): Row {
  const { id, accountId, symbol, entry, reason, at } = change;
  return {
    ...{ fill_id: id, account_id: accountId, symbol, at: iso(at), reason },
    ...{ quantity_delta: entry.quantityDelta, cost_delta: entry.costDelta, realized_pnl: entry.realizedPnl },
  };
}

export function driftRow({ accountId, entryPrice, foundAt, updatedAt, decidedBy, decisionId, ...drift }: Drift): Row {
  const { symbol, id, cause, held, venue, status } = drift;
  return {
    ...{ account_id: accountId, symbol, id, cause, held, venue, entry_price: entryPrice, status },
    ...{ found_at: iso(foundAt), updated_at: iso(updatedAt), decided_by: decidedBy, decision_id: decisionId },
  };
}

export function claimRow({ hookId, strategy, symbol, accountId, position, prevPosition, gapFrom, time, signalId, seq, at }: Claim): Row {
  return {
    ...{ hook_id: hookId, strategy, symbol, account_id: accountId, position, prev_position: prevPosition, gap_from: gapFrom },
    ...{ time: isoOrNull(time), signal_id: signalId, seq, at: iso(at) },
  };
}
