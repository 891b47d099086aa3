import type { Account } from '../../domain/portfolio/account.ts';
import { type Ask, act, outcomeText } from './act.ts';
import type { DeskDeps } from './deps.ts';
import { ownAccounts } from './scope.ts';

const REASON_UNITS_MAX = 500;

export const HALT_UNSURE = [
  '⚠️ It is NOT certain that trading is halted: the command could not be stored.',
  'Send /halt again, look at /status, or use the CLI: npx signalman trading halt',
].join('\n');

const DONE = {
  halt: 'HALTED: no order from alerts or the API. Open orders and positions stay.',
  reduce_only: 'EXITS ONLY: no new entry. Open orders and positions stay.',
} as const;

/** The kill switch: at once, through the command log like any other. `[account] [reason]`; without an account all that is theirs. */
export function halt(ask: Ask, deps: DeskDeps): Promise<string> {
  return stop('halt', ask, deps);
}

export function reduce(ask: Ask, deps: DeskDeps): Promise<string> {
  return stop('reduce_only', ask, deps);
}

async function stop(action: 'halt' | 'reduce_only', ask: Ask, deps: DeskDeps): Promise<string> {
  const { targets, reason } = await readTargets(ask, deps);
  if (targets.length === 0) return 'Nothing was done: you have no account.';
  const answers = await Promise.all(
    targets.map(async (account, index) => {
      const body = { kind: 'trading.set', action, accountId: account?.id ?? null, reason } as const;
      const submitted = await act(body, ask, deps, index === 0 ? '' : `:${index}`);
      const stored = submitted.kind === 'reply' || submitted.kind === 'timeout';
      if (action === 'halt' && !stored) return HALT_UNSURE;
      return outcomeText(submitted, `${DONE[action]} On ${account?.name ?? 'all accounts'}.`);
    }),
  );
  return [...new Set(answers)].join('\n');
}

/** Null stands for all accounts. Whoever knows no account, or cannot look them up now, still gets everything halted. */
async function readTargets(ask: Ask, { reads }: DeskDeps): Promise<{ targets: readonly (Account | null)[]; reason: string | null }> {
  const accounts = await reads.readModel.accounts().catch(() => []);
  const [, word = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(ask.argument) ?? [];
  const own = ownAccounts(ask.asker, accounts);
  const named = own.find(({ name }) => name === word);
  const reason = (named ? rest : ask.argument).slice(0, REASON_UNITS_MAX) || null;
  if (named) return { targets: [named], reason };
  return { targets: own.length === accounts.length ? [null] : own, reason };
}
