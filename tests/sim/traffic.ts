import { parseAlert } from '../../src/domain/alert/parseAlert.ts';
import type { Actor, CommandBody } from '../../src/domain/signal/command.ts';
import type { Hook } from '../../src/domain/signal/hook.ts';
import { firstProofs } from '../../src/domain/signal/hookProofs.ts';
import { ACCOUNTS, type Cluster } from './cluster.ts';

export const HOOK: Hook = {
  id: 'hook',
  name: 'sim',
  ...firstProofs({ keyHash: '' }),
  layers: ['ip', 'path'],
  accountIds: ACCOUNTS.map(({ id }) => id),
  allowlist: [],
  maxAgeSec: 60,
  dedupeWindowSec: 60,
  ratePoints: null,
  enabled: true,
  ownerId: null,
  createdAt: 0,
};

/** Its entries wait for a person. */
export const ASKING_HOOK: Hook = { ...HOOK, id: 'asking', name: 'asking', approval: { expiresSec: 20, maxDriftPercent: '1' } };

/** Too short to be of use to anybody, and long enough for everything to happen in between. */
const WORKED: readonly Record<string, unknown>[] = [
  { type: 'twap', duration: '1m' },
  { type: 'twap', duration: '1m', price: '100' },
  { type: 'vwap', duration: '1m' },
  { type: 'iceberg', price: '100', display: '0.2' },
  { type: 'iceberg', price: '100', display: '0.3' },
];

type Body = Record<string, unknown>;

/** What users, programs and operators send, at random. Keeps what was accepted, to be asked for at the end. */
export class Traffic {
  readonly accepted: { readonly id: string; readonly kind: CommandBody['kind'] }[] = [];
  /** Repeats sent of each signal. */
  readonly repeats = new Map<string, number>();
  private readonly cluster: Cluster;
  private keys = 0;
  /** More has stops and take profits, and stops trail. */
  private readonly kept: boolean;
  /** Signals that a person is asked about, if they are entries. */
  private readonly asked: string[] = [];
  /** Orders of which a person has said that they do not exist. */
  readonly denied = new Set<string>();

  constructor(cluster: Cluster, kept = false) {
    this.cluster = cluster;
    this.kept = kept;
  }

  async sendSomething(): Promise<void> {
    const { world } = this.cluster;
    if (world.chance(0.65)) {
      const asked = world.chance(0.15);
      const id = await this.sendAlert(this.randomAlert(), world.chance(0.3) ? 3 : 1, asked ? ASKING_HOOK.id : HOOK.id);
      if (asked) this.asked.push(id);
      return;
    }
    const [orderId, signalId] = [this.someOrder(), world.pick([...this.accepted.map(({ id }) => id), 'none'])];
    const accountId = world.chance(0.5) ? null : world.pick([...this.cluster.books.keys()]);
    const doubtful = this.kept ? this.someDoubtful() : null;
    if (doubtful !== null && world.chance(0.6)) {
      const exists = world.chance(0.3);
      if (!exists) this.denied.add(doubtful);
      return this.send({ kind: 'order.resolve', orderId: doubtful, exists, venueOrderId: null });
    }
    const body = world.pick<CommandBody>([
      { kind: 'order.cancel', orderId },
      { kind: 'order.cancel', orderId },
      { kind: 'signal.decide', signalId: this.asked.at(-1) ?? 'none', decision: 'approve' },
      { kind: 'signal.decide', signalId: this.asked.at(-1) ?? 'none', decision: world.pick(['approve', 'reject']) },
      { kind: 'order.amend', orderId, quantity: '1.5', price: null, stopPrice: null },
      { kind: 'alert.repeat', hookId: HOOK.id, signalId, explicitId: false },
      { kind: 'trading.set', action: 'halt', accountId, reason: null },
      { kind: 'trading.set', action: 'reduce_only', accountId, reason: null },
      { kind: 'trading.set', action: 'flatten', accountId, reason: null },
    ]);
    await this.send(body);
    if (body.kind === 'trading.set') await this.send({ ...body, action: 'resume' }, 0.9);
  }

  /** With `probability`; sometimes the next thing is sent before this one is read. */
  async send(body: CommandBody, probability = 1, rights: Pick<Actor, 'rights'> = {}): Promise<void> {
    if (!this.cluster.world.chance(probability)) return;
    const id = this.cluster.newId();
    await this.cluster.log.append({ id, body, actor: { name: 'user:sim', address: null, ...rights }, correlationId: id, dedupe: null });
    this.accepted.push({ id, kind: body.kind });
    if (body.kind === 'alert.repeat') this.repeats.set(body.signalId, (this.repeats.get(body.signalId) ?? 0) + 1);
  }

  async sendAlert(body: Body, copies = 1, hookId = HOOK.id): Promise<string> {
    const { cluster } = this;
    this.keys += 1;
    const key = `alert-${this.keys}`;
    const parsed = parseAlert(JSON.stringify({ ...body, id: key }));
    if (!parsed.ok) throw new Error(`the simulation wrote a bad alert: ${JSON.stringify(parsed.mistakes)}`);
    let first = '';
    for (let copy = 0; copy < copies; copy += 1) {
      const id = cluster.newId();
      const stored = await cluster.log.append({
        id,
        body: { kind: 'alert', hookId, payload: parsed.payload },
        actor: { name: 'hook:sim', address: null },
        correlationId: id,
        dedupe: { key, ttlMs: 3_600_000, contentHash: parsed.fingerprint },
      });
      if (stored.kind === 'stored') this.accepted.push({ id, kind: 'alert' });
      else await this.send({ kind: 'alert.repeat', hookId, signalId: stored.id, explicitId: true });
      first ||= stored.id;
    }
    return first;
  }

  private randomAlert(): Body {
    const { world } = this.cluster;
    const action = world.pick(['buy', 'sell', 'long', 'short', 'close', 'buy', 'sell', 'target', 'long', 'short', 'cancel']);
    const body: Body = { action, symbol: world.pick(['BTCUSDT', 'ETHUSDT']) };
    if (world.chance(0.5)) body.account = world.pick([...this.cluster.books.keys()]).slice('acc-'.length);
    if (world.chance(0.04)) body.time = new Date(world.now - 120_000).toISOString();
    if (action === 'cancel') return body;
    if (action === 'target') return { ...body, position: world.pick(['0', '1', '-1']) };
    if (action === 'close') {
      if (world.chance(0.1)) Object.assign(body, { type: 'twap', duration: '1m' });
      return world.chance(0.2) ? { ...body, quantity: '50%' } : body;
    }
    body.quantity = world.pick(['1', '2', '0.5']);
    if ((action === 'buy' || action === 'sell') && body.account === undefined && world.chance(0.3)) return { ...body, route: 'best' };
    if ((action === 'buy' || action === 'sell') && world.chance(0.4)) Object.assign(body, { type: 'limit', price: '100' });
    const [gain, loss] = action === 'buy' || action === 'long' ? ['110', '90'] : ['90', '110'];
    const plain = body.type === undefined;
    if (plain && world.chance(0.1)) Object.assign(body, world.pick<Body>(WORKED));
    if (body.type === 'limit' && world.chance(0.3)) Object.assign(body, { timeInForce: 'GTD', expiresAt: world.now + 5_000 });
    if (world.chance(this.kept ? 0.7 : 0.3)) body.stopLoss = this.kept && world.chance(0.2) ? { trail: '10' } : loss;
    if (world.chance(this.kept ? 0.6 : 0.25))
      body.takeProfit = world.chance(0.5)
        ? gain
        : [
            { at: gain, share: 50 },
            { at: gain, share: 50 },
          ];
    return body;
  }

  /** One about which a person may say what is true, or be wrong. */
  private someDoubtful(): string | null {
    const { books, ledger } = this.cluster;
    // In hedge mode what is there against their word stands beside what is opened next.
    const isTold = (accountId: string): boolean => books.get(accountId)?.hedged === false;
    return [...ledger.content.orders.values()].find(({ status, accountId }) => status === 'unknown' && isTold(accountId))?.id ?? null;
  }

  private someOrder(): string {
    const ids = [...this.cluster.ledger.content.orders.keys()];
    return ids.length === 0 ? 'none' : this.cluster.world.pick(ids.slice(-6));
  }
}
