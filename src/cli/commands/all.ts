import type { CliCommand } from '../command.ts';
import { accountCommands } from './account.ts';
import { auditCommands } from './audit.ts';
import { banCommands } from './ban.ts';
import { doctorCommand } from './doctor.ts';
import { driftCommands } from './drift.ts';
import { hedgeCommands } from './hedge.ts';
import { hookCommands } from './hook.ts';
import { migrateCommand } from './migrate.ts';
import { orderCommands } from './order.ts';
import { proposalCommands } from './proposal.ts';
import { secretsCommands } from './secrets.ts';
import { sendCommand } from './send.ts';
import { signalCommands } from './signal.ts';
import { startCommand } from './start.ts';
import { telegramCommands } from './telegram.ts';
import { tokenCommands } from './token.ts';
import { tradingCommands } from './trading.ts';
import { userCommands } from './user.ts';
import { versionCommand } from './version.ts';
import { whitelistCommands } from './whitelist.ts';

/** Every command, in the order of `help`. */
export const COMMANDS: readonly CliCommand[] = [
  startCommand,
  doctorCommand,
  migrateCommand,
  ...hookCommands,
  ...hedgeCommands,
  ...accountCommands,
  ...userCommands,
  ...tokenCommands,
  ...proposalCommands,
  sendCommand,
  ...signalCommands,
  ...orderCommands,
  ...driftCommands,
  ...tradingCommands,
  ...whitelistCommands,
  ...secretsCommands,
  ...banCommands,
  ...auditCommands,
  ...telegramCommands,
  versionCommand,
];
