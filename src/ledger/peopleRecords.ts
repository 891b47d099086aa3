import type { ApiToken, Session, TokenScope } from '../domain/people/access.ts';
import type { Role, User } from '../domain/people/user.ts';

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
