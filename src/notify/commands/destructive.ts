import { parseAlert } from '../../domain/alert/parseAlert.ts';
import { decimal } from '../../domain/money.ts';
import type { Account } from '../../domain/portfolio/account.ts';
import type { StoredPosition } from '../../ledger/readModel.ts';
import type { Ask } from './act.ts';
import type { DeskDeps } from './deps.ts';
import { askFirst } from './question.ts';
import { ownAccounts } from './scope.ts';
import { signed } from './words.ts';

/** `[account]`: cancels open orders and closes all positions there, after a second step. */
export async function flatten(ask: Ask, deps: DeskDeps): Promise<string | null> {
  const scope = await scopeOf(ask, deps);
  if (typeof scope === 'string') return scope;
  const held = (await heldPositions(deps)).filter(({ accountId }) => scope.account === null || accountId === scope.account.id);
  const what = held.length === 0 ? 'Nothing is held there now.' : `Held now: ${held.length} position${held.length === 1 ? '' : 's'}.`;
  const text = `Cancel all open orders and close all positions on ${scope.name}, at the market?\n${what}`;
  const command = { kind: 'trading.set', action: 'flatten', accountId: scope.account?.id ?? null, reason: 'by Telegram' } as const;
  return askFirst({ text, label: `Flatten ${scope.name}`, command, role: 'admin' }, ask, deps);
}

/** `[account]`: trades again, after a one-time code. */
export async function resume(ask: Ask, deps: DeskDeps): Promise<string | null> {
  const scope = await scopeOf(ask, deps);
  if (typeof scope === 'string') return scope;
  if (!ask.asker.user?.sealedTotp) return 'Nothing was done: to resume from here, set up a second factor first (POST /api/v1/me/totp).';
  const command = { kind: 'trading.set', action: 'resume', accountId: scope.account?.id ?? null, reason: 'by Telegram' } as const;
  const text = `To trade again on ${scope.name}, send me the code of your authenticator app now.`;
  return askFirst({ text, label: `Resume ${scope.name}`, command, role: 'admin', byCode: true }, ask, deps);
}

/** `<symbol> [account]`: closes one position, after a second step. */
export async function close(ask: Ask, deps: DeskDeps): Promise<string | null> {
  const [written = '', name] = ask.argument.split(/\s+/);
  if (written === '') return 'Say which position: /close BTCUSDT, or /close BTCUSDT main for one account.';
  const accounts = await deps.reads.readModel.accounts();
  const own = ownAccounts(ask.asker, accounts).filter((account) => name === undefined || account.name === name);
  if (own.length === 0) return `Nothing was done: there is no account "${name ?? ''}" of yours.`;
  const held = (await heldPositions(deps)).filter(
    (position) => own.some(({ id }) => id === position.accountId) && isMeant(position.symbol, written),
  );
  const [position, another] = held;
  if (!position) return `Nothing was done: no position in ${written} is open${name === undefined ? '' : ` on ${name}`}.`;
  if (another) {
    const ways = held.map((each) => `/close ${each.symbol} ${each.account}`);
    return `Nothing was done: several positions are meant. Send one of these:\n${ways.join('\n')}`;
  }
  const { symbol, account, quantity } = position;
  const parsed = parseAlert(JSON.stringify({ action: 'close', symbol, account }));
  if (!parsed.ok) return 'Nothing was done: this position cannot be closed from here. Use the CLI: npx signalman order create';
  const command = { kind: 'order.create', payload: parsed.payload } as const;
  const text = `Close ${signed(quantity)} ${symbol} on ${account}, at the market?`;
  return askFirst({ text, label: `Close ${symbol}`, command, role: 'trader' }, ask, deps);
}

/** `BTCUSDT`, `btc/usdt` and `BTC/USDT` mean the same; `BTCUSDT.P` the perpetual of that name. */
function isMeant(symbol: string, written: string): boolean {
  const [spot = '', settle] = symbol.split(':');
  const name = plain(spot);
  return plain(written) === plain(symbol) || plain(written) === (settle === undefined ? name : `${name}P`);
}

function plain(text: string): string {
  return text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
}

async function heldPositions({ reads }: DeskDeps): Promise<readonly StoredPosition[]> {
  return (await reads.readModel.positions()).filter(({ quantity }) => !decimal(quantity).isZero());
}

/** The one account named, or everything (`account` null); in words when that is not theirs. */
async function scopeOf(ask: Ask, { reads }: DeskDeps): Promise<{ account: Account | null; name: string } | string> {
  const accounts = await reads.readModel.accounts();
  const own = ownAccounts(ask.asker, accounts);
  if (ask.argument === '') {
    if (own.length === accounts.length) return { account: null, name: 'all accounts' };
    return `Nothing was done: say on which account: ${own.map(({ name }) => name).join(', ')}.`;
  }
  const account = own.find(({ name }) => name === ask.argument);
  return account ? { account, name: account.name } : `Nothing was done: there is no account "${ask.argument.slice(0, 40)}" of yours.`;
}
