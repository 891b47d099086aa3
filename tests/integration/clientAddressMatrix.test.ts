import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAddressSet } from '../../src/gateway/addressSet.ts';
import { clientAddress, NO_PROXY, type ProxyTrust } from '../../src/gateway/clientAddress.ts';
import { alertBody, KEYS, startGateway, type TestServer } from './gatewayServer.ts';

/** One of TradingView's addresses, as everybody may write it; where the request really came from, as the outermost proxy wrote it. */
const FORGED = '52.89.214.238';
const REAL = '203.0.113.9';
const INNER = '10.0.0.2';
const REFUSED = 'PROXY_NOT_TRUSTED';
const UNREADABLE = 'ADDRESS_UNREADABLE';

type Headers = readonly (readonly [name: string, value: string])[];

interface Row {
  readonly name: string;
  readonly headers: Headers;
  /** What is believed with each setting, whoever connects; without a proxy only the connection is. */
  readonly hops1: string;
  readonly hops2: string;
  readonly header: string;
}

const xff = (value: string) => ['X-Forwarded-For', value] as const;
const realIp = (value: string) => ['X-Real-IP', value] as const;
const row = (name: string, headers: Headers, hops1: string, hops2: string, header: string): Row => ({
  name,
  headers,
  hops1,
  hops2,
  header,
});

const ROWS: readonly Row[] = [
  row('nothing', [], REFUSED, REFUSED, UNREADABLE),
  row('X-Forwarded-For by the proxy alone', [xff(REAL)], REAL, REFUSED, UNREADABLE),
  row('X-Forwarded-For with a forged beginning', [xff(`${FORGED}, ${REAL}`)], REAL, FORGED, UNREADABLE),
  row('X-Forwarded-For through two proxies, with a forged beginning', [xff(`${FORGED}, ${REAL}, ${INNER}`)], INNER, REAL, UNREADABLE),
  row('X-Forwarded-For twice', [xff(FORGED), xff(REAL)], REAL, FORGED, UNREADABLE),
  row('X-Forwarded-For without blanks', [xff(`${FORGED},${REAL}`)], REAL, FORGED, UNREADABLE),
  row('X-Forwarded-For ending in a word', [xff(`${FORGED}, unknown`)], UNREADABLE, FORGED, UNREADABLE),
  row('X-Forwarded-For ending in nothing', [xff(`${FORGED},`)], UNREADABLE, FORGED, UNREADABLE),
  row('X-Forwarded-For empty', [xff('')], UNREADABLE, REFUSED, UNREADABLE),
  row('X-Forwarded-For of a thousand entries', [xff(`${`${FORGED}, `.repeat(500)}${REAL}`)], REAL, FORGED, UNREADABLE),
  row('X-Forwarded-For in mapped IPv6', [xff(`::ffff:${REAL}`)], REAL, REFUSED, UNREADABLE),
  row('X-Forwarded-For in mapped IPv6, in hex and brackets', [xff('[::ffff:cb00:7109]:443')], REAL, REFUSED, UNREADABLE),
  row('X-Forwarded-For in octal', [xff('0313.0.0161.011')], UNREADABLE, REFUSED, UNREADABLE),
  row('X-Real-IP', [realIp(REAL)], REFUSED, REFUSED, REAL),
  row('X-Real-IP twice', [realIp(FORGED), realIp(REAL)], REFUSED, REFUSED, UNREADABLE),
  row('X-Real-IP as a list', [realIp(`${FORGED}, ${REAL}`)], REFUSED, REFUSED, UNREADABLE),
  row('X-Real-IP in hex', [realIp('0x34.0x59.0xd6.0xee')], REFUSED, REFUSED, UNREADABLE),
  row('X-Real-IP as one number', [realIp('878302958')], REFUSED, REFUSED, UNREADABLE),
  row('X-Real-IP with a zone', [realIp('2001:DB8::1%eth0')], REFUSED, REFUSED, '2001:db8::1'),
  row('X-Real-IP empty', [realIp('')], REFUSED, REFUSED, UNREADABLE),
  row('Forwarded', [['Forwarded', `for=${FORGED}`]], REFUSED, REFUSED, UNREADABLE),
  row('Via', [['Via', '1.1 proxy']], REFUSED, REFUSED, UNREADABLE),
  row('CF-Connecting-IP', [['CF-Connecting-IP', FORGED]], REFUSED, REFUSED, UNREADABLE),
  row('True-Client-IP', [['True-Client-IP', FORGED]], REFUSED, REFUSED, UNREADABLE),
  row('X-Client-IP', [['X-Client-IP', FORGED]], REFUSED, REFUSED, UNREADABLE),
  row('X-Forwarded-For by the proxy and a forged X-Real-IP', [realIp(FORGED), xff(REAL)], REAL, REFUSED, FORGED),
  row(
    'everything forged, and X-Forwarded-For by the proxy',
    [realIp(FORGED), ['Forwarded', `for=${FORGED}`], xff(`${FORGED}, ${REAL}`)],
    REAL,
    FORGED,
    FORGED,
  ),
];

const SETTINGS = {
  none: NO_PROXY,
  hops1: { ...NO_PROXY, hops: 1 },
  hops2: { ...NO_PROXY, hops: 2 },
  header: { ...NO_PROXY, clientIpHeader: 'x-real-ip' },
} as const satisfies Record<string, ProxyTrust>;
type Setting = keyof typeof SETTINGS;

function expected(setting: Setting, row: Row, peer: string, isLocal: boolean): string {
  if (setting !== 'none') return row[setting];
  return isLocal && row.headers.length > 0 ? REFUSED : peer;
}

describe('what is believed, by setting, forwarding header and peer', () => {
  const peers: [peer: string, address: string, isLocal: boolean][] = [
    ['127.0.0.1', '127.0.0.1', true],
    ['127.9.9.9', '127.9.9.9', true],
    ['::1', '::1', true],
    ['::ffff:127.0.0.1', '127.0.0.1', true],
    ['10.0.0.3', '10.0.0.3', false],
    ['fd00::3', 'fd00::3', false],
    ['198.51.100.4', '198.51.100.4', false],
    ['::ffff:198.51.100.4', '198.51.100.4', false],
    ['2001:db8::4', '2001:db8::4', false],
  ];
  const asNodeHasThem = (headers: Headers): Record<string, string> => {
    const joined: Record<string, string> = {};
    for (const [name, value] of headers) {
      const key = name.toLowerCase();
      joined[key] = joined[key] === undefined ? value : `${joined[key]}, ${value}`;
    }
    return joined;
  };
  const outcome = (peer: string, row: Row, trust: ProxyTrust, past?: 'local'): string => {
    const found = clientAddress(peer, asNodeHasThem(row.headers), trust, past);
    return found.ok ? found.address : found.code;
  };

  it.each(Object.keys(SETTINGS) as Setting[])('%s', (setting) => {
    for (const row of ROWS)
      for (const [peer, address, isLocal] of peers)
        expect(outcome(peer, row, SETTINGS[setting]), `${row.name} from ${peer}`).toBe(expected(setting, row, address, isLocal));
  });

  it('TRUSTED_PROXIES: whoever is none of them is refused, whatever it says', () => {
    const isProxy = createAddressSet(['10.0.0.0/8', 'fd00::/8']);
    for (const setting of ['hops1', 'hops2', 'header'] as const)
      for (const row of ROWS)
        for (const [peer, address, isLocal] of peers) {
          const trusted = address === '10.0.0.3' || address === 'fd00::3';
          const found = outcome(peer, row, { ...SETTINGS[setting], isProxy });
          expect(found, `${row.name} from ${peer}`).toBe(trusted ? expected(setting, row, address, isLocal) : REFUSED);
        }
  });

  it("the API lets this machine's own command line past the proxy, and nothing else that differs", () => {
    for (const setting of ['hops1', 'hops2', 'header'] as const)
      for (const row of ROWS)
        for (const [peer, address, isLocal] of peers) {
          const own = isLocal && row.headers.length === 0;
          const found = outcome(peer, row, SETTINGS[setting], 'local');
          expect(found, `${row.name} from ${peer}`).toBe(own ? address : expected(setting, row, address, isLocal));
        }
  });
});

describe('the same over real HTTP', () => {
  const servers = new Map<Setting, TestServer>();
  /** An address of this machine that is not loopback, where it has one. */
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  const peers = ['127.0.0.1', ...(outside === undefined ? [] : [outside])];

  beforeAll(async () => {
    for (const [name, proxy] of Object.entries(SETTINGS)) {
      const settings = { proxy, ratePoints: 10_000, banThreshold: 100_000 };
      servers.set(name as Setting, await startGateway({ settings, host: '0.0.0.0', allowLoopback: false, allowlist: [FORGED] }));
    }
  });
  afterAll(() => Promise.all([...servers.values()].map((server) => server.close())));

  /** The status, and the address or code that was logged. */
  function ask(server: TestServer, peer: string, headers: Headers): Promise<{ status: string; believed: string }> {
    const body = alertBody();
    const head = [`POST /hooks/${KEYS.open} HTTP/1.1`, 'Host: x', ...headers.map(([name, value]) => `${name}: ${value}`)];
    const text = `${[...head, 'Connection: close', `Content-Length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`;
    const logged = server.logged().length;
    return new Promise((resolve, reject) => {
      let heard = '';
      const socket = connect({ port: server.port, host: peer, localAddress: peer }, () => socket.write(text));
      socket.on('data', (chunk) => {
        heard += chunk.toString('latin1');
      });
      socket.on('error', reject);
      socket.on('close', () => {
        const line = JSON.parse(server.logged().slice(logged).trim().split('\n').at(-1) ?? '{}') as { address?: string; code: string };
        resolve({ status: heard.slice(9, 12), believed: line.address ?? line.code });
      });
    });
  }

  it.each(Object.keys(SETTINGS) as Setting[])('%s', async (setting) => {
    const server = servers.get(setting) as TestServer;
    for (const row of ROWS)
      for (const peer of peers) {
        const believed = expected(setting, row, peer, peer === '127.0.0.1');
        const status = believed === FORGED ? '202' : believed === UNREADABLE ? '400' : '403';
        expect(await ask(server, peer, row.headers), `${row.name} from ${peer}`).toEqual({ status, believed });
      }
  });
});
