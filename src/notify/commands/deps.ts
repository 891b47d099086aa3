import type { Epoch } from '../../domain/ids.ts';
import type { User } from '../../domain/people/user.ts';
import type { CommandBody } from '../../domain/signal/command.ts';
import type { Outbox } from '../../ledger/ledger.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Bell } from '../bell.ts';
import type { Bot } from '../bots.ts';
import type { Reads } from './reads.ts';
import type { Submit } from './submit.ts';

/** What commands work with. */
export interface DeskDeps {
  readonly bot: Bot;
  readonly reads: Reads;
  readonly submit: Submit;
  readonly outbox: Pick<Outbox, 'ask' | 'choice' | 'markPressed' | 'openQuestion'>;
  readonly epoch: Epoch;
  /** Wakes who sends notices, and who takes buttons away. */
  readonly bell: Bell;
  readonly choices: Bell;
  /** The user who linked a person of Telegram. */
  readonly userByTelegramId: (telegramId: string) => Promise<User | null>;
  /** The command with the proof that `code` is this user's, or null when it is wrong or used up. */
  readonly prove: (command: CommandBody, user: User, code: string) => CommandBody | null;
  readonly clock: Clock;
}
