import type { PeopleCommand } from '../../domain/people/peopleCommand.ts';
import type { Command } from '../../domain/signal/command.ts';
import type { Term } from '../term.ts';
import { createToken, endSession, noteSeen, openSession, raiseSignInAlarm, revokeToken } from './signInCommands.ts';
import { beginTotp, confirmTotp, resetTotp } from './totpCommands.ts';
import { changeUser, createUser, setPassword } from './userCommands.ts';

/** Carries out what concerns people and their ways in. */
export function handlePeople(term: Term, command: Command, body: Exclude<PeopleCommand, { kind: 'proposal.decide' }>): Promise<void> {
  switch (body.kind) {
    case 'user.create':
      return createUser(term, command, body);
    case 'user.change':
      return changeUser(term, command, body);
    case 'user.password':
      return setPassword(term, command, body);
    case 'totp.begin':
      return beginTotp(term, command, body);
    case 'totp.confirm':
      return confirmTotp(term, command, body);
    case 'totp.reset':
      return resetTotp(term, command, body);
    case 'session.open':
      return openSession(term, command, body);
    case 'session.end':
      return endSession(term, command, body);
    case 'token.create':
      return createToken(term, command, body);
    case 'token.revoke':
      return revokeToken(term, command, body);
    case 'access.seen':
      return noteSeen(term, command, body);
    case 'signin.alarm':
      return raiseSignInAlarm(term, command, body);
  }
}
