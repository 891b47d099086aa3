import type { Account } from '../../domain/portfolio/account.ts';
import type { AccountCheck } from '../exchange.ts';
import { type CcxtVenue, createVenueApi } from './ccxtVenue.ts';
import { judge } from './outcomes.ts';
import type { VenueProfile } from './profile.ts';
import type { AccountRights } from './venueApi.ts';

type Check = AccountCheck['checks'][number];

/** Binance refuses what is more than a second ahead of its clock (rest-api.md, "Timing security"); adjusted for, but worth telling. */
const CLOCK_MS_MAX = 1_000;

/** What is pointed out without failing the test. */
const ADVICE: ReadonlySet<string> = new Set(['withdrawals', 'clock', 'addresses', 'venue']);

/** What `account test` shows: every check with what was found. A key that may withdraw is pointed out, it does not fail the test. */
export async function checkCcxtAccount(
  venue: CcxtVenue,
  profile: VenueProfile,
  account: Pick<Account, 'name'>,
  credentials: Readonly<Record<string, string>>,
): Promise<AccountCheck> {
  const api = createVenueApi(venue, profile, account, credentials);
  const checks: Check[] = [];
  const failed = (name: string, error: unknown): Check => ({ name, ok: false, detail: judge(profile.refusals, error).message });
  try {
    const aheadMs = await api.syncClock();
    const markets = await venue.feed.markets();
    checks.push(passed('reachable', `${venue.id} answers and lists ${markets.length} markets`));
    const drift = `this machine is ${Math.abs(Math.round(aheadMs))} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} the venue`;
    checks.push({ name: 'clock', ok: Math.abs(aheadMs) <= CLOCK_MS_MAX, detail: drift });
  } catch (error) {
    return { ok: false, checks: [failed('reachable', error)] };
  }
  try {
    const rights = await api.rights();
    checks.push(passed('credentials', 'accepted'), trading(rights), withdrawals(rights.canWithdraw), ...addresses(rights));
    if (api.positionMode) checks.push(passed('position mode', MODES[await api.positionMode()]));
    for (const detail of await api.obstacles()) checks.push({ name: 'settings', ok: false, detail });
  } catch (error) {
    checks.push(failed('credentials', error));
  }
  if (profile.caution !== undefined) checks.push({ name: 'venue', ok: false, detail: profile.caution });
  return { ok: checks.every(({ ok, name }) => ok || ADVICE.has(name)), checks };
}

const MODES = {
  one_way: 'one-way: one position for each symbol',
  hedge: 'hedge mode: long and short stand side by side',
} as const;

function trading({ canTrade, lacks = 'the key or the account may not trade' }: AccountRights): Check {
  if (canTrade === null) return passed('trading', 'the venue does not tell; the first order will show it');
  return { name: 'trading', ok: canTrade, detail: canTrade ? 'allowed' : lacks };
}

function addresses({ addressBound = null }: AccountRights): readonly Check[] {
  if (addressBound === null) return [];
  const detail = addressBound
    ? 'only the addresses it is bound to may use the key'
    : "any address may use the key: bind it to this server's, so that a stolen one is of no use";
  return [{ name: 'addresses', ok: addressBound, detail }];
}

function withdrawals(canWithdraw: boolean | null): Check {
  if (canWithdraw === null) return passed('withdrawals', 'the venue does not tell; make sure the key may not withdraw');
  if (!canWithdraw) return passed('withdrawals', 'the key may not withdraw, as it should be');
  return { name: 'withdrawals', ok: false, detail: 'the key may withdraw: replace it by one that may only trade' };
}

function passed(name: string, detail: string): Check {
  return { name, ok: true, detail };
}
