import { createHash, createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { systemClock } from '../../../lib/clock.ts';
import type { FetchRequest } from '../fetchImplementation.ts';
import { loadExchangeClass } from '../loadCcxt.ts';
import { sealed, sealInTurn } from './krakenSeal.ts';

const credentials = { apiKey: 'key', secret: Buffer.from('a secret').toString('base64') };
const signal = new AbortController().signal;
const request: FetchRequest = { method: 'POST', headers: { 'API-Key': 'key', 'API-Sign': 'old' }, body: 'nonce=1&pair=XBTUSD', signal };
const url = 'https://api.kraken.com/0/private/AddOrder';

const nonceOf = ({ body }: FetchRequest): number => Number(/^nonce=(\d+)/.exec(body ?? '')?.[1]);

/** Answers with each of these in turn, then with success; remembers what it was sent. */
function venue(...answers: readonly string[]) {
  const left = [...answers];
  const sent: FetchRequest[] = [];
  let at = 1_700_000_000_000;
  const clock = { ...systemClock, now: () => at };
  const send = sealInTurn(
    async (_, given) => {
      sent.push(given);
      const text = left.shift() ?? '{"error":[],"result":{}}';
      return { status: 200, statusText: 'OK', headers: new Map(), text: async () => text };
    },
    credentials,
    clock,
  );
  return {
    ask: async (where = url) => {
      await send(where, request);
      return nonceOf(sent.at(-1) ?? request);
    },
    sent,
    setClock: (ms: number) => {
      at = ms;
    },
  };
}

const REFUSED = '{"error":["EAPI:Invalid nonce"]}';

it('signs anew what it numbers anew, as ccxt and Kraken do', async () => {
  const Exchange = await loadExchangeClass('kraken');
  const exchange = new Exchange({ ...credentials }) as unknown as {
    nonce: () => number;
    sign: (...args: unknown[]) => { readonly body: string; readonly headers: Record<string, string> };
  };
  exchange.nonce = () => 1616492376594;
  const form = { pair: 'XBTUSD', deadline: '2026-01-01T00:00:00.000Z' };
  const theirs = exchange.sign('AddOrder', 'private', 'POST', form);
  const older = { ...request, body: theirs.body.replace('1616492376594', '7') };
  const ours = sealed(older, '/0/private/AddOrder', '1616492376594', credentials.secret);
  expect(ours.body).toBe(theirs.body);
  expect(ours.headers?.['API-Sign']).toBe(theirs.headers['API-Sign']);
  const digest = createHash('sha256').update(`1616492376594${theirs.body}`).digest();
  const mac = createHmac('sha512', Buffer.from(credentials.secret, 'base64')).update('/0/private/AddOrder').update(digest);
  expect(ours.headers?.['API-Sign']).toBe(mac.digest('base64'));
});

it('numbers rise with the clock, within one of its ticks, and when it is set back', async () => {
  const { ask, setClock } = venue();
  expect(await ask()).toBe(1_700_000_000_000_000);
  expect(await ask()).toBe(1_700_000_000_000_001);
  setClock(1_700_000_000_005);
  expect(await ask()).toBe(1_700_000_000_005_000);
  setClock(1_600_000_000_000);
  expect(await ask()).toBe(1_700_000_000_005_001);
});

it('numbers that were refused leap, farther each time, until they are taken', async () => {
  const { ask } = venue(REFUSED, REFUSED, REFUSED, '{"error":[],"result":{}}', REFUSED);
  const first = await ask();
  const steps = [await ask(), await ask(), await ask(), await ask(), await ask()].map((nonce) => nonce - first);
  expect(steps.map((step) => Math.round(step / 1_000_000))).toEqual([1, 3, 7, 7, 8]);
});

it('an answer that does not come keeps nobody waiting for ever, and a failure nobody at all', async () => {
  let calls = 0;
  const send = sealInTurn(
    async () => {
      calls += 1;
      throw new Error('dropped');
    },
    credentials,
    systemClock,
  );
  await expect(send(url, request)).rejects.toThrow('dropped');
  await expect(send(url, request)).rejects.toThrow('dropped');
  expect(calls).toBe(2);
});

it('leaves alone what is not signed, and refuses what has no number to replace', async () => {
  const { ask, sent } = venue();
  await ask('https://api.kraken.com/0/public/Time');
  expect(sent[0]).toBe(request);
  expect(() => sealed({ ...request, body: 'pair=XBTUSD' }, '/0/private/AddOrder', '2', credentials.secret)).toThrow(TypeError);
});
