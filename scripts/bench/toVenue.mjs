import { setTimeout as delay } from 'node:timers/promises';
import { ascending, over, quantile } from './statistics.mjs';

const PER_SECOND = 20;
const FIRST_NUMBER = 1000;
/** Requests still on their way to the exchange when the last alert is answered. */
const SETTLE_MS = 300;

/**
 * (b) From the sending of an alert to the arrival of its order's request at the exchange, at a steady pace, contenders taking
 * turns. A contender is `{name, port, path, untilIdle?()}`.
 */
export async function measureToVenue({ contenders, load, venue, plan, progress }) {
  const latencies = new Map(contenders.map(({ name }) => [name, []]));
  let first = FIRST_NUMBER;
  for (let round = 0; round <= plan.rounds; round += 1) {
    progress(`alert to exchange, round ${round} of ${plan.rounds}`);
    for (const { name, port, path, untilIdle } of contenders) {
      const count = Math.round((plan.paceMs / 1000) * PER_SECOND);
      const job = { port, path, perSecond: PER_SECOND, count, first, symbols: ['BTCUSDT'], quantity: null };
      const { sentAt } = await load.ask('pace', job);
      first += count;
      await delay(SETTLE_MS);
      await untilIdle?.(); // On a machine that is busy with other things as well.
      if (round > 0) latencies.get(name).push(latenciesOf(name, sentAt, await venue.ask('arrivals')));
    }
  }
  return new Map([...latencies].map(([name, rounds]) => [name, summarize(rounds)]));
}

/** Number n travels as quantity 0.0n (children/load.mjs). */
function latenciesOf(name, sentAt, arrivals) {
  return ascending(
    Object.entries(sentAt).map(([n, at]) => {
      const arrivedAt = arrivals[Number(`0.0${n}`)];
      if (arrivedAt === undefined) throw new Error(`${name}: the order of alert ${n} did not reach the exchange`);
      return arrivedAt - at;
    }),
  );
}

function summarize(rounds) {
  return {
    p50: over(rounds, (round) => quantile(round, 0.5)),
    p99: over(rounds, (round) => quantile(round, 0.99)),
    count: rounds.reduce((sum, round) => sum + round.length, 0),
  };
}
