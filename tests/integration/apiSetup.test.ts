import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { type ApiAnswer, type ApiServer, startApi } from './apiServer.ts';

let api: ApiServer;
const items = (answer: ApiAnswer): Record<string, unknown>[] => answer.body.items as Record<string, unknown>[];

beforeAll(async () => {
  api = await startApi();
  await api.call('POST', '/api/v1/accounts', { name: 'main', venue: 'paper' });
});
afterAll(() => api.close());

describe('an account that could never be opened', () => {
  it.each([
    ['a paper feed no exchange has', { venue: 'paper', settings: { feed: 'nope' } }, 'VENUE_UNKNOWN'],
    [
      'a market the venue is not supported for',
      { venue: 'coinbase', market: 'swap', credentials: { apiKey: 'k', secret: 's' } },
      'VENUE_NOT_SUPPORTED',
    ],
    ['a passphrase is missing', { venue: 'bitget', market: 'spot', credentials: { apiKey: 'k', secret: 's' } }, 'VENUE_CREDENTIALS'],
  ])('is refused when it is made: %s', async (_what, account, code) => {
    const answer = await api.call('POST', '/api/v1/accounts', { name: 'odd', ...account });
    expect(answer.status, answer.text).toBe(422);
    expect(answer.body).toMatchObject({ code });
    expect(items(await api.call('GET', '/api/v1/accounts')).map(({ name }) => name)).not.toContain('odd');
  });
});

it('an account at an exchange nobody has tried is added, and people are told what that means', async () => {
  const credentials = { apiKey: 'k', secret: 's' };
  const answer = await api.call('POST', '/api/v1/accounts', { name: 'small', venue: 'gate', market: 'spot', credentials });
  expect(answer.status, answer.text).toBe(201);
  const notices = await api.ledger.pending(100);
  expect(notices.map(({ text }) => text)).toContainEqual(expect.stringMatching(/"small" is added.*unproven.*Start very small/));
});

it('an account at an exchange says by its settings which sandbox it is for', async () => {
  const account = {
    venue: 'bybit',
    market: 'spot',
    sandbox: true,
    settings: { sandbox: 'demo' },
    credentials: { apiKey: 'k', secret: 's' },
  };
  const answer = await api.call('POST', '/api/v1/accounts', { name: 'demo', ...account });
  expect(answer.status, answer.text).toBe(201);
});

it('lists that are short are paged like all others', async () => {
  const first = await until(
    async () => {
      const answer = await api.call('GET', '/api/v1/portfolio/balances?limit=1');
      return answer.status !== 200 || items(answer).length > 0 ? answer : null;
    },
    { what: 'the opening balances' },
  );
  expect(first.status, first.text).toBe(200);
  expect(items(first)).toHaveLength(1);
  expect((await api.call('GET', '/api/v1/portfolio/positions?limit=201')).status).toBe(400);
});
