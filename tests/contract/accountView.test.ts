import { expect, it } from 'vitest';
import { openVenue } from '../helpers/venue/bench.ts';
import { CONTRACT_KINDS } from '../helpers/venue/kinds.ts';
import { accountViewContract } from './accountViewContract.ts';

for (const kind of CONTRACT_KINDS) if (kind.view) accountViewContract(kind);

it.each(CONTRACT_KINDS.map((kind) => [kind.title, kind] as const))('%s is held to it when it shows anything', async (_, kind) => {
  const { session, close } = await openVenue(kind);
  const { openOrders, trades, positions, funding } = session.orders;
  const swap = kind.account.market === 'swap';
  const shown = kind.view !== undefined;
  expect([openOrders, trades, positions, funding].map((method) => method !== undefined)).toEqual([
    shown,
    shown,
    shown && swap,
    shown && swap,
  ]);
  await close();
});
