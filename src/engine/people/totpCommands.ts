import type { PeopleCommand } from '../../domain/people/peopleCommand.ts';
import { spendFactor } from '../../domain/people/secondFactor.ts';
import type { Command } from '../../domain/signal/command.ts';
import { auditOf, refuseWith, replyTo, securityNotice } from '../records.ts';
import type { Term } from '../term.ts';
import { endSessions } from './people.ts';
import { missingUser } from './userCommands.ts';

type Body<K extends PeopleCommand['kind']> = Extract<PeopleCommand, { kind: K }>;

function isInPerson({ actor }: Command, userId: string): boolean {
  return actor.rights?.by === 'person' && actor.rights.userId === userId;
}

/** Only its owner may hold a secret, so nobody enrols for somebody else, admin or not. */
function refuseOthers(term: Term, command: Command): Promise<void> {
  return refuseWith(term, command, 403, 'FORBIDDEN', 'A second factor is enrolled by its owner only.');
}

export async function beginTotp(term: Term, command: Command, body: Body<'totp.begin'>): Promise<void> {
  const user = term.state.people.users.get(body.userId);
  if (!user) return missingUser(term, command);
  if (!isInPerson(command, user.id)) return refuseOthers(term, command);
  // Who replaces a factor shows the old one: else a stolen session would be enough.
  const spent = user.sealedTotp === null ? user : body.secondFactor && spendFactor(user, body.secondFactor);
  if (!spent)
    return refuseWith(term, command, 403, 'SECOND_FACTOR_REFUSED', 'To replace your second factor, send a fresh code of the old one.');
  await term.commit([
    { kind: 'user.put', user: { ...spent, sealedTotpPending: body.sealedSecret } },
    auditOf(term, command, 'totp.begin', user.email, null, null),
    replyTo(term, command, 200, { userId: user.id }),
  ]);
}

export async function confirmTotp(term: Term, command: Command, body: Body<'totp.confirm'>): Promise<void> {
  const { people } = term.state;
  const user = people.users.get(body.userId);
  if (!user) return missingUser(term, command);
  if (!isInPerson(command, user.id)) return refuseOthers(term, command);
  if (user.sealedTotpPending === null || user.sealedTotpPending !== body.sealedSecret)
    return refuseWith(term, command, 409, 'TOTP_NOT_BEGUN', 'There is no secret to confirm; ask for one first.');
  const { sealedSecret: sealedTotp, step: totpLastStep, recoveryHashes } = body;
  await term.commit([
    { kind: 'user.put', user: { ...user, sealedTotp, sealedTotpPending: null, totpLastStep, recoveryHashes } },
    ...endSessions(people, user.id, body.keepSessionId),
    auditOf(term, command, 'totp.confirm', user.email, { totp: user.sealedTotp !== null }, { totp: true }),
    securityNotice(term, command, 'info', `${user.email} has set up a second factor.`),
    replyTo(term, command, 200, { userId: user.id }),
  ]);
}

/** By another admin, or on the server: whoever holds only a session or a token must not shed their own second factor. */
export async function resetTotp(term: Term, command: Command, { userId }: Body<'totp.reset'>): Promise<void> {
  const { people } = term.state;
  const user = people.users.get(userId);
  if (!user) return missingUser(term, command);
  if (command.actor.rights?.userId === userId)
    return refuseWith(term, command, 403, 'FORBIDDEN', 'Another admin has to do this, or the command line on the server.');
  const bare = { ...user, sealedTotp: null, sealedTotpPending: null, totpLastStep: null, recoveryHashes: [] };
  await term.commit([
    { kind: 'user.put', user: bare },
    ...endSessions(people, userId),
    auditOf(term, command, 'totp.reset', user.email, { totp: user.sealedTotp !== null }, { totp: false }),
    securityNotice(term, command, 'critical', `The second factor of ${user.email} was removed by ${command.actor.name}.`),
    replyTo(term, command, 200, { userId }),
  ]);
}
