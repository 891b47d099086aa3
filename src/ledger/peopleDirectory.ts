import type { ApiToken, Session } from '../domain/people/access.ts';
import { NOBODY, type People, type PeopleDirectory } from '../domain/people/peopleChange.ts';
import { emailKey, type User } from '../domain/people/user.ts';
import type { ConfigPart } from './configFollower.ts';
import type { ReadModel } from './readModel.ts';

/** People, sessions and tokens in memory, as fresh as the follower keeps them: whoever is shut out is so within a second. */
export interface LivePeopleDirectory extends PeopleDirectory, ConfigPart {}

interface Contents extends People {
  readonly usersById: ReadonlyMap<string, User>;
  readonly usersByEmail: ReadonlyMap<string, User>;
  readonly sessionsByHash: ReadonlyMap<string, Session>;
  readonly tokensByHash: ReadonlyMap<string, ApiToken>;
}

function indexed(people: People): Contents {
  return {
    ...people,
    usersById: new Map(people.users.map((user) => [user.id, user])),
    usersByEmail: new Map(people.users.map((user) => [user.email, user])),
    sessionsByHash: new Map(people.sessions.map((session) => [session.tokenHash, session])),
    tokensByHash: new Map(people.tokens.map((token) => [token.tokenHash, token])),
  };
}

export function createPeopleDirectory(readModel: Pick<ReadModel, 'people'>): LivePeopleDirectory {
  let contents = indexed(NOBODY);
  return {
    users: () => contents.users,
    userById: (id) => contents.usersById.get(id),
    userByEmail: (email) => contents.usersByEmail.get(emailKey(email)),
    sessionByHash: (tokenHash) => contents.sessionsByHash.get(tokenHash),
    sessionsOf: (userId) => contents.sessions.filter((session) => session.userId === userId),
    tokens: () => contents.tokens,
    tokenByHash: (tokenHash) => contents.tokensByHash.get(tokenHash),
    read: async () => {
      const people = await readModel.people();
      return () => {
        contents = indexed(people);
      };
    },
  };
}
