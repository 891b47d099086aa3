import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { haveRedisServer, startRedis } from '../helpers/redis.ts';
import { alertBody, KEYS, type Reply, SECRET, startGateway, type TestServer } from './gatewayServer.ts';

const servers: TestServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const redis = (await haveRedisServer()) ? await startRedis() : null;
afterAll(() => redis?.stop());
/** What holds of limits holds wherever they are kept. */
const KEPT = [{ where: 'in memory', redisUrl: undefined }, ...(redis ? [{ where: 'in Redis', redisUrl: redis.url }] : [])];

/** A server behind one proxy, so that requests can come from anywhere. */
async function behindProxy(options: Parameters<typeof startGateway>[0] = {}): Promise<TestServer> {
  const server = await startGateway({ ...options, settings: { trustProxyHops: 1, ...options.settings } });
  servers.push(server);
  return server;
}

const TRADINGVIEW = '52.89.214.238';
const STRANGER = '198.51.100.7';

async function times(count: number, once: (i: number) => Promise<Reply>): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push((await once(i)).status);
  return statuses;
}

describe('who may knock', () => {
  it('403 for an address outside the allowlist, whatever it claims to be', async () => {
    const server = await behindProxy();
    for (const from of [STRANGER, `${TRADINGVIEW}, ${STRANGER}`, '2001:db8::1', '::ffff:198.51.100.8'])
      expect((await server.post({ from })).json, from).toMatchObject({ status: 403, code: 'ADDRESS_NOT_ALLOWED' });
    expect(server.log.commands).toEqual([]);
  });

  it.each([TRADINGVIEW, `::ffff:${TRADINGVIEW}`, '[::ffff:3459:d6ee]', `${TRADINGVIEW}:51234`, `9.9.9.9, ${TRADINGVIEW}`])(
    '%s is TradingView',
    async (from) => {
      const server = await behindProxy();
      expect((await server.post({ from })).status).toBe(202);
      expect(server.log.commands[0]?.actor.address).toBe(TRADINGVIEW);
    },
  );

  it("a hook's own entries open it, and only it", async () => {
    const server = await behindProxy();
    expect((await server.post({ from: '203.0.113.5', key: KEYS.narrow })).status).toBe(202);
    expect((await server.post({ from: '203.0.113.5', key: KEYS.open })).status).toBe(403);
    expect((await server.post({ from: '203.0.113.5', key: 'unknown' })).status).toBe(403);
  });

  it('a hook that does not ask for the address takes any, with its key only', async () => {
    const server = await behindProxy();
    expect((await server.post({ from: STRANGER, key: KEYS.anywhere })).status).toBe(202);
    expect((await server.post({ from: STRANGER, key: `${KEYS.anywhere}x` })).status).toBe(403);
  });

  it('garbage for an address is refused', async () => {
    const server = await behindProxy();
    for (const from of ['unknown', '1.2.3', `${TRADINGVIEW},`, "' OR 1=1", ''])
      expect((await server.post({ from })).json, from).toMatchObject({ status: 400, code: 'ADDRESS_UNREADABLE' });
  });

  it.each(['x-forwarded-for', 'x-real-ip', 'forwarded'])(
    'without trusted proxies %s from this machine is refused, naming the setting',
    async (header) => {
      const server = await startGateway();
      servers.push(server);
      const reply = await server.post({ headers: { [header]: TRADINGVIEW } });
      expect([reply.status, reply.json.code]).toEqual([403, 'PROXY_NOT_TRUSTED']);
      expect(reply.json.detail).toContain('TRUST_PROXY_HOPS');
      expect((await server.post({})).status).toBe(202);
    },
  );

  it('loopback is refused when the server does not listen on loopback only', async () => {
    const server = await startGateway({ allowLoopback: false });
    servers.push(server);
    expect((await server.post({})).json.code).toBe('ADDRESS_NOT_ALLOWED');
  });

  it('two hops are counted from the right; one entry is not enough', async () => {
    const server = await behindProxy({ settings: { trustProxyHops: 2 } });
    expect((await server.post({ from: `9.9.9.9, ${TRADINGVIEW}, 10.0.0.1` })).status).toBe(202);
    expect((await server.post({ from: `${TRADINGVIEW}, ${STRANGER}, 10.0.0.1` })).status).toBe(403);
    expect((await server.post({ from: TRADINGVIEW })).json.code).toBe('PROXY_NOT_TRUSTED');
    expect((await server.post({})).json.code).toBe('PROXY_NOT_TRUSTED');
  });
});

describe.each(KEPT)('limits kept $where', ({ redisUrl }) => {
  const limited = (options: Parameters<typeof startGateway>[0] = {}): Promise<TestServer> => behindProxy({ ...options, redisUrl });

  describe('the budget of strangers', () => {
    it('five wrong keys a minute are answered 401, the sixth 429 with what is left and when', async () => {
      const server = await limited();
      expect(await times(5, (i) => server.post({ from: TRADINGVIEW, key: `wrong-${i}` }))).toEqual([401, 401, 401, 401, 401]);
      const sixth = await server.post({ from: TRADINGVIEW, key: 'wrong-5' });
      expect([sixth.status, sixth.json.code]).toEqual([429, 'RATE_LIMITED']);
      expect(sixth.headers['ratelimit-policy']).toBe('"webhook";q=5;w=60');
      expect(sixth.headers.ratelimit).toMatch(/^"webhook";r=0;t=(59|60)$/);
      expect(Number(sixth.headers['retry-after'])).toBeGreaterThanOrEqual(59);
    });

    it('a wrong secret spends the same budget; an unreadable body before the secret does too', async () => {
      const server = await limited();
      const wrong = () => server.post({ from: TRADINGVIEW, key: KEYS.guarded, body: alertBody({ secret: 'no' }) });
      const unreadable = () => server.post({ from: TRADINGVIEW, key: KEYS.guarded, headers: { 'content-type': 'application/xml' } });
      expect(await times(3, wrong)).toEqual([401, 401, 401]);
      expect(await times(3, unreadable)).toEqual([415, 415, 429]);
      expect(await times(1, wrong)).toEqual([429]);
    });

    it('an authenticated alert is never 429, and never spends it, however exhausted it is', async () => {
      const server = await limited();
      await times(20, (i) => server.post({ from: TRADINGVIEW, key: `wrong-${i}` }));
      const good = (i: number) => server.post({ from: TRADINGVIEW, key: KEYS.guarded, body: alertBody({ secret: SECRET, tag: `t${i}` }) });
      expect(new Set(await times(100, good))).toEqual(new Set([202]));
      const fresh = await limited();
      await times(50, (i) => fresh.post({ from: TRADINGVIEW, body: alertBody({ tag: `t${i}` }) }));
      expect((await fresh.post({ from: TRADINGVIEW, key: 'wrong' })).status).toBe(401);
    });

    it('one /64 of IPv6 is one stranger', async () => {
      const server = await limited({ allowlist: ['2001:db8::/32'] });
      const statuses = await times(6, (i) => server.post({ from: `2001:db8:0:1::${i}`, key: 'wrong' }));
      expect(statuses.at(-1)).toBe(429);
      expect((await server.post({ from: '2001:db8:0:2::1', key: 'wrong' })).status).toBe(401);
    });
  });

  describe("a hook's own budget", () => {
    it('over it the answer is 503 with Retry-After, and strangers with a wrong secret cannot use it up', async () => {
      const server = await limited();
      const alert = (i: number) => server.post({ from: TRADINGVIEW, key: KEYS.narrow, body: alertBody({ tag: `t${i}` }) });
      expect(await times(3, alert)).toEqual([202, 202, 202]);
      const over = await alert(4);
      expect([over.status, over.json.code]).toEqual([503, 'HOOK_OVER_BUDGET']);
      expect(Number(over.headers['retry-after'])).toBeGreaterThan(0);
      expect((await server.post({ from: TRADINGVIEW })).status).toBe(202);
    });

    it('holds when many come at once', async () => {
      const server = await limited();
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, i) => server.post({ from: TRADINGVIEW, key: KEYS.narrow, body: alertBody({ tag: `t${i}` }) })),
      );
      expect(replies.filter((reply) => reply.status === 202)).toHaveLength(3);
      expect(replies.filter((reply) => reply.status === 503)).toHaveLength(17);
    });
  });

  describe('bans', () => {
    it('fifty violations ban a stranger for an hour, a person is told, and lifting it helps', async () => {
      const server = await limited();
      expect(new Set(await times(50, () => server.post({ from: STRANGER })))).toEqual(new Set([403]));
      const banned = await server.post({ from: STRANGER, key: KEYS.anywhere });
      expect([banned.status, banned.json.code]).toEqual([403, 'BANNED']);
      expect(Number(banned.headers['retry-after'])).toBeGreaterThan(3590);
      expect(server.told).toHaveLength(1);
      expect(server.bans.list()[0]?.subject).toEqual({ shared: false, address: STRANGER });
      expect((await server.post({ from: TRADINGVIEW })).status).toBe(202);
      expect(await server.bans.lift(STRANGER)).toBe(1);
      expect((await server.post({ from: STRANGER, key: KEYS.anywhere })).status).toBe(202);
    });

    it("an allowed address is never banned by another's traffic: wrong keys ban only wrong keys", async () => {
      const server = await limited({ settings: { banThreshold: 10 } });
      await times(12, (i) => server.post({ from: TRADINGVIEW, key: `wrong-${i}` }));
      expect((await server.post({ from: TRADINGVIEW, key: 'wrong' })).json.code).toBe('BANNED');
      expect((await server.post({ from: TRADINGVIEW })).status).toBe(202);
    });

    it('wrong secrets from an allowed address run into the rate limit, and never lock out who has the right one', async () => {
      const server = await limited({ settings: { banThreshold: 10 } });
      const wrong = await times(20, () => server.post({ from: TRADINGVIEW, key: KEYS.guarded, body: alertBody({ secret: 'no' }) }));
      expect(wrong.at(-1)).toBe(429);
      const valid = await server.post({ from: TRADINGVIEW, key: KEYS.guarded, body: alertBody({ secret: SECRET }) });
      expect(valid.status).toBe(202);
    });

    it('this machine is let in while only it can connect, but it is nobody to be spared: it is banned like a stranger', async () => {
      const server = await limited({ settings: { trustProxyHops: 0, banThreshold: 10 } });
      await times(10, (i) => server.post({ key: `wrong-${i}` }));
      const banned = await server.post({});
      expect([banned.status, banned.json.code]).toEqual([403, 'BANNED']);
    });

    it.each([STRANGER, 'garbage'])('a flood of refusals of %s does not flood the log', async (from) => {
      const server = await limited();
      await times(40, () => server.post({ from }));
      const warnings = server
        .logged()
        .split('\n')
        .filter((line) => line.includes('"level":40'));
      expect(warnings).toHaveLength(5);
    });
  });
});
