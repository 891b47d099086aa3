import type { ApiToken, Session, TokenScope } from '../domain/people/access.ts';
import type { FourEyesTopic, Proposal, ProposalStatus } from '../domain/people/proposal.ts';
import type { Role, User } from '../domain/people/user.ts';
import type { CommandBody } from '../domain/signal/command.ts';

/** What a new leader must know of proposals: more than those still open, for a decision that is carried out once more. Before the day's start, ms. */
export const PROPOSALS_SINCE_MS = 7 * 86_400_000;

export interface UserRecord {
  id: string;
  email: string;
  name: string;
  role: string;
  passwordHash: string;
  sealedTotp: string | null;
  sealedTotpPending: string | null;
  /** Text from `pg`, bigint from Prisma. */
  totpLastStep: string | bigint | null;
  recoveryHashes: string[];
  disabledAt: Date | null;
  createdAt: Date;
}

export interface SessionRecord {
  id: string;
  userId: string;
  tokenHash: string;
  address: string | null;
  agent: string | null;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
}

export interface TokenRecord {
  id: string;
  userId: string;
  name: string;
  tokenHash: string;
  scopes: string[];
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
}

export interface ProposalRecord {
  id: string;
  topic: string;
  command: unknown;
  summary: string;
  proposedBy: string;
  proposerId: string | null;
  proposedAt: Date;
  expiresAt: Date;
  status: string;
  decidedBy: string | null;
  decidedAt: Date | null;
  decisionId: string | null;
}

export function toProposal(record: ProposalRecord): Proposal {
  const { id, summary, proposedBy, proposerId, decidedBy, decisionId } = record;
  return {
    ...{ id, summary, proposedBy, proposerId, decidedBy, decisionId },
    topic: record.topic as FourEyesTopic,
    command: record.command as CommandBody,
    proposedAt: record.proposedAt.getTime(),
    expiresAt: record.expiresAt.getTime(),
    status: record.status as ProposalStatus,
    decidedAt: record.decidedAt?.getTime() ?? null,
  };
}

export function toUser(record: UserRecord): User {
  const { id, email, name, passwordHash, sealedTotp, sealedTotpPending, totpLastStep, recoveryHashes, disabledAt } = record;
  return {
    ...{ id, email, name, passwordHash, sealedTotp, sealedTotpPending, recoveryHashes },
    role: record.role as Role,
    totpLastStep: totpLastStep === null ? null : Number(totpLastStep),
    disabledAt: disabledAt?.getTime() ?? null,
    createdAt: record.createdAt.getTime(),
  };
}

export function toSession(record: SessionRecord): Session {
  const { id, userId, tokenHash, address, agent } = record;
  const [createdAt, lastSeenAt, expiresAt] = [record.createdAt.getTime(), record.lastSeenAt.getTime(), record.expiresAt.getTime()];
  return { id, userId, tokenHash, address, agent, createdAt, lastSeenAt, expiresAt };
}

export function toToken(record: TokenRecord): ApiToken {
  const { id, userId, name, tokenHash } = record;
  return {
    ...{ id, userId, name, tokenHash },
    scopes: record.scopes as TokenScope[],
    createdAt: record.createdAt.getTime(),
    expiresAt: record.expiresAt.getTime(),
    lastUsedAt: record.lastUsedAt?.getTime() ?? null,
  };
}
