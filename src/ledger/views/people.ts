import type { People } from '../../domain/people/peopleChange.ts';
import type { Proposal } from '../../domain/people/proposal.ts';
import { emailKey, type User } from '../../domain/people/user.ts';
import { toProposal, toSession, toToken, toUser } from '../peopleRecords.ts';
import type { Database } from './database.ts';

const oldestFirst: ({ createdAt: 'asc' } | { id: 'asc' })[] = [{ createdAt: 'asc' }, { id: 'asc' }];

export async function readUserByEmail(database: Database, email: string): Promise<User | null> {
  const record = await database.user.findFirst({ where: { email: emailKey(email) } });
  return record && toUser(record);
}

export async function readPeople(database: Database): Promise<People> {
  const [users, sessions, tokens] = await Promise.all([
    database.user.findMany({ orderBy: oldestFirst }),
    database.session.findMany({ orderBy: oldestFirst }),
    database.apiToken.findMany({ orderBy: oldestFirst }),
  ]);
  return { users: users.map(toUser), sessions: sessions.map(toSession), tokens: tokens.map(toToken) };
}

export async function readProposals(database: Database, limit: number): Promise<Proposal[]> {
  const records = await database.proposal.findMany({ orderBy: [{ proposedAt: 'desc' }, { id: 'desc' }], take: limit });
  return records.map(toProposal);
}
