import type { ApiToken, Session } from '../domain/people/access.ts';
import type { Proposal } from '../domain/people/proposal.ts';
import type { User } from '../domain/people/user.ts';
import { iso, isoOrNull, type Row } from './rows.ts';

export function userRow(user: User): Row {
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    role: user.role,
    password_hash: user.passwordHash,
    sealed_totp: user.sealedTotp,
    sealed_totp_pending: user.sealedTotpPending,
    totp_last_step: user.totpLastStep,
    recovery_hashes: user.recoveryHashes,
    disabled_at: isoOrNull(user.disabledAt),
    created_at: iso(user.createdAt),
  };
}

export function sessionRow(session: Session): Row {
  return {
    id: session.id,
    user_id: session.userId,
    token_hash: session.tokenHash,
    address: session.address,
    agent: session.agent,
    created_at: iso(session.createdAt),
    last_seen_at: iso(session.lastSeenAt),
    expires_at: iso(session.expiresAt),
  };
}

export function tokenRow(token: ApiToken): Row {
  return {
    id: token.id,
    user_id: token.userId,
    name: token.name,
    token_hash: token.tokenHash,
    scopes: token.scopes,
    created_at: iso(token.createdAt),
    expires_at: iso(token.expiresAt),
    last_used_at: isoOrNull(token.lastUsedAt),
  };
}

export function proposalRow(proposal: Proposal): Row {
  return {
    id: proposal.id,
    topic: proposal.topic,
    command: proposal.command,
    summary: proposal.summary,
    proposed_by: proposal.proposedBy,
    proposer_id: proposal.proposerId,
    proposed_at: iso(proposal.proposedAt),
    expires_at: iso(proposal.expiresAt),
    status: proposal.status,
    decided_by: proposal.decidedBy,
    decided_at: isoOrNull(proposal.decidedAt),
    decision_id: proposal.decisionId,
  };
}
