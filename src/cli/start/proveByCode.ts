import type { User } from '../../domain/people/user.ts';
import type { CommandBody } from '../../domain/signal/command.ts';
import type { Clock } from '../../lib/clock.ts';
import { checkSecondFactor } from '../../ops/secondFactor.ts';
import type { SecretBox } from '../../ops/secrets.ts';

/**
 * Puts the proof of a fresh one-time code into a command that takes one; null when the code is wrong or used up. The leader
 * spends it with the command, so that it works once in all.
 */
export function proveByCode(box: Pick<SecretBox, 'open'>, clock: Pick<Clock, 'now'>) {
  return (command: CommandBody, user: User, code: string): CommandBody | null => {
    const secondFactor = checkSecondFactor(box, user, code, clock.now());
    return secondFactor && command.kind === 'trading.set' ? { ...command, secondFactor } : null;
  };
}
