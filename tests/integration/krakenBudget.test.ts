import { expect, it } from 'vitest';
import { startKrakenServer } from '../helpers/kraken/krakenServer.ts';
import { until } from '../helpers/until.ts';
import type { VenueKind } from '../helpers/venue/bench.ts';
import { KRAKEN_SPOT } from '../helpers/venue/kinds.ts';
import { leadVenue } from '../helpers/venue/ledVenue.ts';

/** As the lowest tier counts: 15 questions, one more every three seconds. */
const STARTER: VenueKind = {
  ...KRAKEN_SPOT,
  start: () => startKrakenServer({ limits: { calls: { max: 15, fallsPerSecond: 1 / 3 }, orders: { max: 60, fallsPerSecond: 1 } } }),
};
const BRACKETS = [
  { symbol: 'BTC/USD', quantity: '0.1', stopLoss: '48000', takeProfit: '52000' },
  { symbol: 'ETH/USD', quantity: '1', stopLoss: '2400', takeProfit: '2600' },
  { symbol: 'SOL/USD', quantity: '10', stopLoss: '140', takeProfit: '160' },
];

it('with as few questions as Kraken takes, positions have their stops at once, and what the stream tells of is known at once', {
  timeout: 120_000,
}, async () => {
  const { server, content, account, send } = await leadVenue(STARTER, { ccxt: { budget: 1 } });
  await until(() => server.streams.count > 0, { what: 'the stream', timeoutMs: 20_000 });
  for (const bracket of BRACKETS) await send({ action: 'buy', ...bracket });
  const stops = () => [...content.orders.values()].filter(({ role, status }) => role === 'stop_loss' && status === 'open');
  await until(() => stops().length === BRACKETS.length, { what: 'the stops to stand', timeoutMs: 10_000 });
  const asked = () => server.requests.filter(({ path }) => path.startsWith('/0/private/')).length;
  const before = asked();
  await until(() => asked() > before + 1, { what: 'questions that had to wait', timeoutMs: 30_000 });
  server.book.setPrice('XXBTZUSD', '47000');
  const held = () => content.positions.get(`${account.id}\0BTC/USD`)?.quantity;
  await until(() => held()?.isZero(), { what: 'the stop to be known as filled', timeoutMs: 3_000 });
  expect(stops()).toHaveLength(2);
  expect([...content.notices.values()].filter(({ notice }) => /slow down|POSITION_NAKED/.test(notice.text))).toEqual([]);
});
