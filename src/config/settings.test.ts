import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PRESETS } from '../domain/access/presets.ts';
import { loadConfig, SETTINGS } from './config.ts';
import { ConfigError } from './settings.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

function problemsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('.env.example', () => {
  const example = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8');
  const entries = [...example.matchAll(/^# (.+)\n# ([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, doc, name, value]) => ({ name, doc, value }));

  it('lists every setting with its description and default, in order, and nothing else but what compose.yaml reads', () => {
    const settings = Object.entries(SETTINGS).map(([name, { doc, fallback }]) => ({ name, doc, value: shown(fallback) }));
    expect(entries.filter(({ name }) => name !== 'POSTGRES_PASSWORD' && name !== 'SITE_ADDRESS')).toEqual(settings);
  });

  it('holds no active line, so that a copy of it changes nothing', () => {
    expect(example.match(/^[^#\n].*/gm)).toBeNull();
  });

  it('shows defaults that its own parsers accept', () => {
    const defaults = Object.fromEntries(entries.map(({ name, value }) => [name, value]));
    expect(problemsOf(defaults)).toEqual([]);
  });
});

describe('loadConfig', () => {
  it('starts from nothing: embedded database, loopback, the four TradingView addresses', () => {
    const config = loadConfig({});
    expect(config.database.url).toBeNull();
    expect(config.http).toMatchObject({ port: 3000, host: '127.0.0.1', tls: null, proxy: { hops: 0, clientIpHeader: null } });
    expect(config.gateway.allowlist).toEqual(PRESETS.tradingview.addresses);
    expect(Object.isFrozen(config) && Object.isFrozen(config.http)).toBe(true);
  });

  it('listens to the world once it has a database of its own', () => {
    expect(loadConfig({ DATABASE_URL: 'postgres://u:p@db/s', SECRETS_KEY: KEY }).http.host).toBe('0.0.0.0');
  });

  it('takes an empty variable for an unset one', () => {
    expect(loadConfig({ PORT: '', LOG_LEVEL: '  ' })).toMatchObject({ http: { port: 3000 }, logLevel: 'info' });
  });

  it('lets the other bots fall back to the trading bot', () => {
    const { telegram } = loadConfig({ TELEGRAM_TRADING_TOKEN: '1:a', TELEGRAM_TRADING_CHAT_ID: '-100' });
    expect(telegram).toMatchObject({ user: { chatId: '-100' }, dev: { chatId: '-100' } });
  });

  it.each([
    ['PORT', '65536', 'PORT is "65536"; it must be a whole number from 0 to 65535'],
    ['PORT', '3e3', 'PORT is "3e3"; it must be a whole number from 0 to 65535'],
    ['LEASE_TTL_MS', '-1', 'LEASE_TTL_MS is "-1"; it must be a whole number from 1000 to 60000'],
    ['ROLE', 'leader', 'ROLE is "leader"; it must be one of auto, follower'],
    ['POOL_LEADER', '0+5', 'POOL_LEADER is "0+5"; it must be two sizes like 10+20 (writing + reading connections)'],
    ['IP_ALLOWLIST', '1.2.3.4,1.2.3.0/33', '"1.2.3.0/33" is neither'],
    ['IP_ALLOWLIST', '::1/129', '"::1/129" is neither'],
    ['PUBLIC_URL', 'bot.example', 'PUBLIC_URL is "bot.example"; it must be a URL starting with http:// or https://'],
    ['TLS_CERT', '/cert.pem', 'TLS_KEY is missing; with TLS_CERT it is required'],
    ['TLS_CLIENT_CA', '/ca.pem', 'TLS_CLIENT_CA is set, but TLS_CERT and TLS_KEY are not'],
    ['TRUSTED_PROXIES', '10.0.0.0/8', 'TRUSTED_PROXIES is set, but neither TRUST_PROXY_HOPS nor CLIENT_IP_HEADER'],
    ['CLIENT_IP_HEADER', 'x real ip', 'CLIENT_IP_HEADER is "x real ip"; it must be the name of a header, like X-Real-IP'],
    ['CLIENT_CERT_SUBJECT_HEADER', 'X-Cert', 'CLIENT_CERT_SUBJECT_HEADER is believed only from a proxy'],
    ['TELEGRAM_DEV_CHAT_ID', '5', 'TELEGRAM_DEV_CHAT_ID is set, but TELEGRAM_DEV_TOKEN is not'],
    ['COMMAND_LOG', 'redis', 'REDIS_URL is missing; with COMMAND_LOG=redis it is required'],
    ['CRASH_AT', 'lunch', 'CRASH_AT is "lunch"; it must be one of before_intent'],
    ['CCXT_CONFIG', '/nowhere.json', 'CCXT_CONFIG names "/nowhere.json", which cannot be read as JSON'],
  ])('refuses %s=%s with words that name it', (name, value, message) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
    expect(problems[0]).toContain(name);
  });

  it('names every mistake at once', () => {
    expect(problemsOf({ PORT: 'x', ROLE: 'x', LOG_LEVEL: 'x' }).map((line) => line.split(' ')[0])).toEqual(['PORT', 'ROLE', 'LOG_LEVEL']);
  });

  it('never repeats the value of a secret', () => {
    for (const [name, setting] of Object.entries(SETTINGS)) {
      if (!('secret' in setting)) continue;
      const error = String(new ConfigError(problemsOf({ [name]: 'hunter2-and-more', SECRETS_KEY: 'hunter2-key' })));
      expect(error, name).not.toContain('hunter2');
    }
    expect(problemsOf({ SECRETS_KEY: 'hunter2' })[0]).toContain('SECRETS_KEY is (its value is secret); it must be 32 bytes in base64');
  });

  it('demands SECRETS_KEY with an external database', () => {
    expect(problemsOf({ DATABASE_URL: 'postgres://u:hunter2@db/s' })).toEqual([expect.stringMatching(/^SECRETS_KEY is missing/)]);
  });

  it('keeps commands in Redis when there is one, unless told otherwise', () => {
    const url = 'redis://redis:6379';
    expect(loadConfig({}).redis).toEqual({ url: null, commandLogUrl: null });
    expect(loadConfig({ REDIS_URL: url }).redis).toEqual({ url, commandLogUrl: url });
    expect(loadConfig({ REDIS_URL: url, COMMAND_LOG: 'postgres' }).redis).toEqual({ url, commandLogUrl: null });
  });

  it('reads venues from the file that CCXT_CONFIG names, and says which one is wrong', () => {
    const directory = mkdtempSync(join(tmpdir(), 'signalman-config-'));
    const file = join(directory, 'ccxt.json');
    try {
      writeFileSync(file, JSON.stringify({ binance: { origins: { '*': 'http://127.0.0.1:9100' }, timeout: 5000 } }));
      expect(loadConfig({ CCXT_CONFIG: file }).venues).toEqual({
        binance: { origins: { '*': 'http://127.0.0.1:9100' }, ccxt: { timeout: 5000 } },
      });
      writeFileSync(file, JSON.stringify({ binance: { origins: { '*': 'nonsense' } } }));
      expect(problemsOf({ CCXT_CONFIG: file })).toEqual(['CCXT_CONFIG: "binance.origins" must map origins to URLs']);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

/** A default as it is written in the environment. */
function shown(value: unknown): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.join(',');
  if (typeof value === 'object' && 'write' in value && 'read' in value) return `${value.write}+${value.read}`;
  return String(value);
}

it('names every mistake at once, those that concern several settings too', () => {
  const environment = {
    PORT: 'abc',
    DATABASE_URL: 'postgres://db',
    SECRETS_KEY: 'short',
    TELEGRAM_DEV_TOKEN: 't',
    CRASH_AT: 'nowhere',
    TLS_KEY: '/k',
  };
  const problems = problemsOf(environment);
  expect(problems.map((line) => line.split(' ')[0])).toEqual(['PORT', 'SECRETS_KEY', 'TLS_CERT', 'CRASH_AT', 'TELEGRAM_DEV_TOKEN']);
});
