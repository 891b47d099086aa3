import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { v7 } from 'uuid';
import type { Appended, NewCommand } from '../../src/commandlog/commandLog.ts';
import { createMemoryCommandLog } from '../../src/commandlog/memoryCommandLog.ts';
import { settingsEntries } from '../../src/domain/access/presets.ts';
import type { Hook } from '../../src/domain/signal/hook.ts';
import { firstProofs } from '../../src/domain/signal/hookProofs.ts';
import { createAllowlist } from '../../src/gateway/allowlist.ts';
import type { Ban } from '../../src/gateway/banBook.ts';
import type { BanList } from '../../src/gateway/banList.ts';
import { NO_PROXY, type ProxyTrust } from '../../src/gateway/clientAddress.ts';
import { createGateway, type Gateway, type GatewaySettings } from '../../src/gateway/gateway.ts';
import { createDoorServer, createHttpDoor, type DoorLimits } from '../../src/gateway/httpDoor.ts';
import { createMemoryLimiter, type Limiter, type LimiterOptions, type LimiterSettings } from '../../src/gateway/limiter.ts';
import { createRedisLimiter } from '../../src/gateway/redisLimiter.ts';
import { createBans } from '../../src/gateway/rulings.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import { createLogger, silentLogger } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import type { TlsMaterial } from '../../src/ops/tlsFiles.ts';
import { until } from '../helpers/until.ts';

/** Keys and secret of the hooks below: no log line and no answer may hold one of them. */
export const KEYS = {
  open: 'open-key-9c1f2e7a5b3d48c6a0',
  guarded: 'guarded-key-77d0a1b2c3d4e5f6a7',
  signed: 'signed-key-1122334455667788990',
  keyless: 'keyless-key-66aa55bb44cc33dd22',
  certified: 'certified-key-ee11ff22aa33bb44',
  disabled: 'disabled-key-aabbccddeeff001122',
  narrow: 'narrow-key-0f1e2d3c4b5a697887',
  anywhere: 'anywhere-key-5544332211009988',
} as const;
export const SECRET = 's3cr3t-Zb7mQx91KpLw';

/** Of the hook `signed`: either signs, as during the overlap of a rotation. */
export const HMAC_KEYS = ['hmac-new-ÄÖ-Wq81xkPz0aa', 'hmac-old-7Lmn2vRtt9bb'] as const;

/** An alert with everything it needs; `more` adds or replaces fields. */
export function alertBody(more: Record<string, unknown> = {}): string {
  return JSON.stringify({ action: 'buy', symbol: 'BTCUSDT', quantity: '0.01', ...more });
}

function hookOf(name: keyof typeof KEYS, more: Partial<Hook>): Hook {
  return {
    id: `hook-${name}`,
    name,
    ...firstProofs({ keyHash: sha256Hex(KEYS[name]) }),
    layers: ['ip', 'path'],
    accountIds: ['account-1'],
    allowlist: [],
    maxAgeSec: 60,
    dedupeWindowSec: 60,
    ratePoints: 10_000,
    enabled: true,
    ownerId: null,
    createdAt: 0,
    ...more,
  };
}

const HOOKS: readonly Hook[] = [
  hookOf('open', {}),
  hookOf('guarded', { layers: ['ip', 'path', 'secret'], secretHash: sha256Hex(SECRET) }),
  hookOf('signed', { layers: ['ip', 'path', 'hmac'], sealedHmacKey: 'sealed' }),
  hookOf('keyless', { layers: ['ip', 'path', 'hmac'] }),
  hookOf('certified', { layers: ['ip', 'path', 'mtls'] }),
  hookOf('disabled', { enabled: false }),
  hookOf('narrow', { allowlist: ['203.0.113.0/24'], ratePoints: 3 }),
  hookOf('anywhere', { layers: ['path'] }),
];

/** The command log in memory, that keeps what it took and can be told to fail. */
export class TestLog {
  readonly commands: NewCommand[] = [];
  /** Appends that wait for `release`. */
  held = 0;
  private readonly log = createMemoryCommandLog();
  private gate: Promise<void> = Promise.resolve();
  private open: () => void = () => undefined;
  private failure: Error | null = null;

  async append(command: NewCommand): Promise<Appended> {
    this.held += 1;
    await this.gate;
    this.held -= 1;
    if (this.failure) throw this.failure;
    const appended = await this.log.append(command);
    if (appended.kind === 'stored') this.commands.push(command);
    return appended;
  }

  setAvailable(available: boolean): void {
    this.log.setAvailable(available);
  }

  /** Every append fails with this, until null. */
  failWith(failure: Error | null): void {
    this.failure = failure;
  }

  hold(): void {
    this.gate = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  release(): void {
    this.open();
  }

  ofKind(kind: NewCommand['body']['kind']): NewCommand[] {
    return this.commands.filter((command) => command.body.kind === kind);
  }
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export interface Post {
  readonly key?: string;
  readonly path?: string;
  readonly method?: string;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string | number | readonly string[]>;
  /** Sent as if a trusted proxy had received it from there (servers with `trustProxyHops: 1`). */
  readonly from?: string;
}

export interface TestServer {
  readonly port: number;
  readonly gateway: Gateway;
  readonly log: TestLog;
  readonly bans: BanList;
  readonly told: readonly Ban[];
  /** All that was logged, as text. */
  logged(): string;
  metrics(): Promise<string>;
  post(post: Post): Promise<Reply>;
  /** The server itself, where it was started with `tls`. */
  https(): HttpsServer;
  close(): Promise<void>;
}

const SETTINGS: GatewaySettings & LimiterSettings = {
  proxy: NO_PROXY,
  certificates: { kind: 'none' },
  ratePoints: 5,
  rateWindowSec: 60,
  hookRatePoints: 60,
  banThreshold: 50,
  banWindowSec: 3600,
  banDurationSec: 3600,
};

/** A real HTTP server with the real gateway, on a free port of loopback. Behind one trusted proxy unless told otherwise. */
export async function startGateway(
  options: {
    settings?: Partial<GatewaySettings & LimiterSettings & { trustProxyHops: number }>;
    allowlist?: readonly string[];
    allowLoopback?: boolean;
    answerWithinMs?: number;
    /** Of every hook, in place of plenty. */
    hooksRatePoints?: number;
    /** Of another server, as instances share theirs. */
    log?: TestLog;
    tls?: TlsMaterial;
    limits?: DoorLimits;
    /** Takes log lines in place of `logged`. */
    onLine?: (line: string) => void;
    /** Default: loopback. */
    host?: string;
    /** Limits in that Redis, apart from those of every other server; in memory otherwise. */
    redisUrl?: string | undefined;
  } = {},
): Promise<TestServer> {
  const { trustProxyHops: hops, ...given } = options.settings ?? {};
  const proxy: ProxyTrust = hops === undefined ? NO_PROXY : { ...NO_PROXY, hops };
  const settings = { ...SETTINGS, proxy, ...given };
  const { log = new TestLog(), tls = null, hooksRatePoints: ratePoints } = options;
  const hooks = ratePoints === undefined ? HOOKS : HOOKS.map((hook) => ({ ...hook, ratePoints }));
  const told: Ban[] = [];
  const lines: string[] = [];
  const logger = createLogger({
    level: 'trace',
    instance: 'test',
    destination: { write: options.onLine ?? ((line: string) => lines.push(line)) },
  });
  const metrics = createMetrics('test');
  const limits = await openLimits({ settings, clock: systemClock, onBan: (ban) => told.push(ban) }, options.redisUrl);
  const { limiter } = limits;
  const gateway = createGateway({
    hooks: {
      findByKeyHash: (hash) => hooks.find((hook) => hook.keyHash === hash),
      hmacKeys: (hook) => (hook.layers.includes('hmac') && hook.sealedHmacKey !== null ? HMAC_KEYS : []),
    },
    log,
    allowlist: createAllowlist({
      fixed: settingsEntries('IP_ALLOWLIST', 'global', options.allowlist ?? ['52.89.214.238']),
      allowLoopback: options.allowLoopback ?? true,
      clock: systemClock,
    }),
    limiter,
    bans: createBans(limiter.bans, systemClock),
    clock: systemClock,
    newId: v7,
    logger,
    settings,
    ...(options.answerWithinMs === undefined ? {} : { answerWithinMs: options.answerWithinMs }),
  });
  const server = createDoorServer(
    createHttpDoor({ gateway, logger, metrics }),
    (_req, res) => {
      res.writeHead(200).end('others');
    },
    { tls, ...(options.limits ? { limits: options.limits } : {}) },
  );
  await new Promise<void>((resolve) => server.listen(0, options.host ?? '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return {
    port,
    gateway,
    log,
    bans: limiter.bans,
    told,
    logged: () => lines.join(''),
    metrics: () => metrics.registry.metrics(),
    post: (post) => send(port, agent, post),
    https: () => {
      if (server instanceof HttpsServer) return server;
      throw new Error('this server speaks plain HTTP');
    },
    async close() {
      limits.close();
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function openLimits(options: LimiterOptions, url: string | undefined): Promise<{ limiter: Limiter; close: () => void }> {
  if (url === undefined) return { limiter: createMemoryLimiter(options), close: () => undefined };
  const limiter = createRedisLimiter({
    ...options,
    ...{ url, prefix: v7(), logger: silentLogger, announce: () => undefined, onAway: () => undefined },
  });
  await until(limiter.isShared, { what: 'Redis' });
  return { limiter, close: limiter.close };
}

function send(port: number, agent: Agent, post: Post): Promise<Reply> {
  const { method = 'POST', body = method === 'POST' ? alertBody() : '', path = `/hooks/${post.key ?? KEYS.open}` } = post;
  const forwarded = post.from === undefined ? {} : { 'x-forwarded-for': post.from };
  const headers = { 'content-type': 'application/json', ...forwarded, ...post.headers };
  return new Promise((resolve, reject) => {
    const req = request({ host: '127.0.0.1', port, agent, method, path, headers }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const isJson = /json/.test(res.headers['content-type'] ?? '');
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json: isJson && text !== '' ? JSON.parse(text) : {} });
      });
    });
    req.on('error', reject);
    req.end(body === '' ? undefined : body);
  });
}
