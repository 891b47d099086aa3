import { describe, expect, it } from 'vitest';
import type { WhitelistEntry } from '../../src/domain/access/whitelist.ts';
import type { Hedge } from '../../src/domain/hedge/hedge.ts';
import { decimal } from '../../src/domain/money.ts';
import type { ApiToken } from '../../src/domain/people/access.ts';
import { newUser } from '../../src/domain/people/user.ts';
import type { CommandBody, CommandKind } from '../../src/domain/signal/command.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import { ACCOUNTS } from './cluster.ts';
import { Desk } from './desk.ts';
import { HOOK } from './traffic.ts';

const [ACCOUNT] = ACCOUNTS;
if (!ACCOUNT) throw new Error('there is no account');
const USER = newUser({ id: 'u1', email: 'ann@example.com', role: 'viewer', passwordHash: '$argon2id$x', createdAt: 0 });
const AS_ANN = { rights: { userId: USER.id, role: USER.role, by: 'person' } } as const;
const SESSION = {
  ...{ id: 'session', userId: USER.id, tokenHash: 'a'.repeat(64), address: null, agent: null },
  ...{ createdAt: 0, lastSeenAt: 0, expiresAt: 4e12 },
};
const TOKEN: ApiToken = {
  ...{ id: 'token', userId: USER.id, name: 'bot', tokenHash: 'b'.repeat(64), scopes: ['read'] },
  ...{ createdAt: 0, expiresAt: 4e12, lastUsedAt: null },
};

/** Does these first, as whoever may, and then gives the last. */
function after(...bodies: readonly CommandBody[]) {
  return async (desk: Desk): Promise<CommandBody> => {
    for (const body of bodies.slice(0, -1)) await desk.command(body, body.kind.startsWith('totp.') ? AS_ANN : {});
    const last = bodies.at(-1);
    if (!last) throw new Error('nothing to do');
    return last;
  };
}

const RULE: Hedge = {
  ...{ id: 'rule', name: 'cover', ownerId: null, ratio: '-1', by: 'base', band: '5%', minIntervalSec: 5, enabled: true, createdAt: 0 },
  parent: { accountId: 'acc-asked', symbol: 'ETHUSDT' },
  hedge: { accountId: 'acc-pushed', symbol: 'ETHUSDT' },
};
const putHedge: CommandBody = { kind: 'hedge.put', hedge: RULE, change: 'created' };
const createAnn = { kind: 'user.create', user: USER } as const;
const openSession = {
  kind: 'session.open',
  session: SESSION,
  passwordFingerprint: sha256Hex(USER.passwordHash),
  secondFactor: null,
} as const;
const beginTotp = { kind: 'totp.begin', userId: USER.id, sealedSecret: 'sm1.x', secondFactor: null } as const;
const confirmTotp: CommandBody = {
  kind: 'totp.confirm',
  ...{ userId: USER.id, sealedSecret: 'sm1.x', step: 1, recoveryHashes: [], keepSessionId: null },
};

const newCode: CommandBody = { kind: 'telegram.code', code: { codeHash: 'c'.repeat(64), userId: USER.id, expiresAt: 4e12 } };
const linkByCode: CommandBody = { kind: 'telegram.link', codeHash: 'c'.repeat(64), telegramId: '7' };

const ENTRY: WhitelistEntry = {
  ...{ id: 'entry', cidr: '192.0.2.0/24', label: 'office', createdBy: 'ann', createdAt: 0, expiresAt: null },
  scope: 'global',
  source: 'admin',
};

/** What a command leaves behind that tells who did it: an audit entry of this action, a signal with its actor, or a notice. */
type Trail =
  | { readonly audit: string; readonly body: (desk: Desk) => CommandBody | Promise<CommandBody>; readonly as?: typeof AS_ANN }
  | { readonly signal: string }
  | { readonly notice: string }
  | { readonly housekeeping: string }
  | { readonly changesNothing: (desk: Desk) => CommandBody };

/** A kind of command that is missing here does not pass the type check: whoever adds one says what it leaves behind. */
const TRAILS = {
  alert: { signal: 'the signal keeps its hook, address and every step' },
  'alert.repeat': { signal: 'counted on the signal it repeats' },
  'alert.malformed': { signal: 'recorded as a refused signal' },
  'order.create': { signal: 'the signal keeps the actor' },
  'order.amend': {
    audit: 'order.amend',
    body: async (desk) => ({ kind: 'order.amend', orderId: await openOrder(desk), quantity: '2', price: null, stopPrice: null }),
  },
  'order.cancel': { audit: 'order.cancel', body: async (desk) => ({ kind: 'order.cancel', orderId: await openOrder(desk) }) },
  'signal.decide': {
    audit: 'signal.reject',
    body: async (desk) => {
      const signalId = await desk.ask({ action: 'buy', quantity: '1' });
      await desk.until(() => desk.cluster.ledger.content.approvals.has(signalId));
      return { kind: 'signal.decide', signalId, decision: 'reject' };
    },
  },
  'order.resolve': {
    audit: 'order.resolve',
    body: async (desk) => {
      desk.book.mishaps.push({ call: 'place', kind: 'request lost' });
      await desk.send({ action: 'buy', quantity: '1' });
      const inDoubt = () => desk.orders('entry').find(({ status }) => status === 'unknown');
      await desk.until(() => inDoubt() !== undefined);
      desk.book.awayUntil = desk.world.now + 60_000;
      return { kind: 'order.resolve', orderId: inDoubt()?.id ?? '', exists: false, venueOrderId: null };
    },
  },
  'drift.decide': {
    audit: 'drift.ignore',
    body: async (desk) => {
      desk.book.positions.set('ETH/USDT:USDT', decimal('1'));
      const drifts = () => [...desk.cluster.ledger.content.drifts.values()];
      await desk.until(() => drifts().length > 0);
      return { kind: 'drift.decide', driftId: drifts()[0]?.id ?? '', decision: 'ignore' };
    },
  },
  'trading.set': { audit: 'trading.halt', body: () => ({ kind: 'trading.set', action: 'halt', accountId: null, reason: null }) },
  'risk.set': { audit: 'risk.set', body: () => ({ kind: 'risk.set', accountId: null, limits: { maxOpenOrders: 3 } }) },
  'account.create': { audit: 'account.create', body: () => ({ kind: 'account.create', account: { ...ACCOUNT, id: 'new', name: 'new' } }) },
  'account.remove': {
    audit: 'account.remove',
    body: async (desk) => {
      await desk.command({ kind: 'hook.remove', hookId: HOOK.id });
      return { kind: 'account.remove', accountId: ACCOUNT.id };
    },
  },
  'account.change': { audit: 'account.change', body: () => ({ kind: 'account.change', accountId: ACCOUNT.id, ownerId: null }) },
  'account.enable': { audit: 'proposal.made', body: () => ({ kind: 'account.enable', accountId: ACCOUNT.id }) },
  'account.test': { changesNothing: () => ({ kind: 'account.test', accountId: ACCOUNT.id }) },
  'hedge.put': { audit: 'hedge.created', body: () => putHedge },
  'hedge.remove': { audit: 'hedge.remove', body: after(putHedge, { kind: 'hedge.remove', hedgeId: RULE.id }) },
  'hedge.switch': { audit: 'hedge.stop', body: after(putHedge, { kind: 'hedge.switch', hedgeId: RULE.id, enabled: false }) },
  'hedge.trade': { signal: 'the signal names the rule as its actor' },
  'hook.put': { audit: 'hook.updated', body: () => ({ kind: 'hook.put', hook: { ...HOOK, maxAgeSec: 30 }, change: 'updated' }) },
  'hook.rotate': {
    audit: 'hook.rotate',
    body: () => ({
      kind: 'hook.rotate',
      hookId: HOOK.id,
      fresh: { keyHash: 'c'.repeat(64), secretHash: null, sealedHmacKey: null },
      overlapSec: 0,
    }),
  },
  'hook.remove': { audit: 'hook.remove', body: () => ({ kind: 'hook.remove', hookId: HOOK.id }) },
  'user.create': { audit: 'user.create', body: () => createAnn },
  'user.change': {
    audit: 'user.change',
    body: after({ kind: 'user.create', user: { ...USER, id: 'u0', email: 'root@example.com', role: 'admin' } }, createAnn, {
      kind: 'user.change',
      userId: USER.id,
      change: { role: 'trader' },
    }),
  },
  'user.password': {
    audit: 'user.password',
    body: after(createAnn, { kind: 'user.password', userId: USER.id, passwordHash: '$argon2id$y' }),
  },
  'totp.begin': { audit: 'totp.begin', as: AS_ANN, body: after(createAnn, beginTotp) },
  'totp.confirm': { audit: 'totp.confirm', as: AS_ANN, body: after(createAnn, beginTotp, confirmTotp) },
  'totp.reset': { audit: 'totp.reset', body: after(createAnn, { kind: 'totp.reset', userId: USER.id }) },
  'session.open': { audit: 'session.open', body: after(createAnn, openSession) },
  'session.end': { audit: 'session.end', body: after(createAnn, openSession, { kind: 'session.end', sessionId: SESSION.id }) },
  'token.create': { audit: 'token.create', body: after(createAnn, { kind: 'token.create', token: TOKEN }) },
  'token.revoke': {
    audit: 'token.revoke',
    body: after(createAnn, { kind: 'token.create', token: TOKEN }, { kind: 'token.revoke', tokenId: TOKEN.id }),
  },
  'proposal.decide': {
    audit: 'proposal.rejected',
    body: async (desk) => {
      await desk.command({ kind: 'account.enable', accountId: ACCOUNT.id });
      return { kind: 'proposal.decide', proposalId: [...desk.cluster.ledger.content.proposals.keys()].at(-1) ?? '', decision: 'reject' };
    },
  },
  'access.seen': { housekeeping: 'when a session or token was last in use' },
  'signin.alarm': { audit: 'signin.alarm', body: () => ({ kind: 'signin.alarm', email: USER.email, failures: 20 }) },
  'whitelist.put': { audit: 'whitelist.put', body: () => ({ kind: 'whitelist.put', entry: ENTRY }) },
  'whitelist.remove': {
    audit: 'whitelist.remove',
    body: async (desk) => {
      await desk.command({ kind: 'whitelist.put', entry: ENTRY });
      return { kind: 'whitelist.remove', entryId: ENTRY.id, force: false };
    },
  },
  'whitelist.preset': {
    audit: 'whitelist.preset',
    body: () => ({ kind: 'whitelist.preset', preset: 'tradingview', scope: 'global', addresses: ['192.0.2.1'], force: false }),
  },
  'ban.add': {
    audit: 'ban.add',
    body: (desk) => ({ kind: 'ban.add', address: '192.0.2.7', until: desk.world.now + 60_000, reason: null }),
  },
  'ban.lift': { audit: 'ban.lift', body: () => ({ kind: 'ban.lift', address: '192.0.2.7' }) },
  'telegram.code': { audit: 'telegram.code', body: after(createAnn, newCode) },
  'telegram.link': { audit: 'telegram.link', body: after(createAnn, newCode, linkByCode) },
  'telegram.unlink': {
    audit: 'telegram.unlink',
    body: after(createAnn, newCode, linkByCode, { kind: 'telegram.unlink', userId: USER.id }),
  },
  'secrets.rewrap': { audit: 'secrets.rewrap', body: () => ({ kind: 'secrets.rewrap', toKeyId: 'sim', after: null }) },
  'candles.cancel': { audit: 'candles.cancel', body: () => ({ kind: 'candles.cancel', jobId: 'job' }) },
  'notice.raise': { notice: 'is a notice' },
} as const satisfies Record<CommandKind, Trail>;

async function openOrder(desk: Desk): Promise<string> {
  await desk.alert({ action: 'buy', quantity: '1', type: 'limit', price: '1' });
  const order = [...desk.cluster.ledger.content.orders.values()].find(({ status }) => status === 'open');
  if (!order) throw new Error('no order is open');
  return order.id;
}

const trails: readonly (readonly [string, Trail])[] = Object.entries(TRAILS);

describe('who changed what is on record', () => {
  it.each(trails.flatMap(([kind, trail]) => ('audit' in trail ? [[kind, trail] as const] : [])))('%s', async (_kind, trail) => {
    const desk = await Desk.open(1);
    const body = await trail.body(desk);
    const { status } = await desk.command(body, trail.as);
    expect(status).toBeLessThan(300);
    const entries = [...desk.cluster.ledger.content.audit.values()].filter(({ action }) => action === trail.audit);
    expect(entries).toEqual([
      expect.objectContaining({ actor: expect.objectContaining({ name: 'user:sim' }), subject: expect.stringMatching(/./) }),
    ]);
  });

  it.each(trails.flatMap(([kind, trail]) => ('changesNothing' in trail ? [[kind, trail] as const] : [])))(
    '%s changes nothing',
    async (_kind, trail) => {
      const desk = await Desk.open(1);
      await desk.rest();
      const { replies: _before, ...before } = structuredClone(JSON.parse(JSON.stringify(contentOf(desk))));
      await desk.command(trail.changesNothing(desk));
      const { replies: _after, ...after } = JSON.parse(JSON.stringify(contentOf(desk)));
      expect(after).toEqual(before);
    },
  );

  it.each([
    ['hook.put', 'dev', 'A hook was changed: sim, by user:sim.'],
    ['account.remove', 'dev', 'An account was removed: asked, by user:sim.'],
    ['totp.reset', 'dev', 'The second factor of ann@example.com was removed by user:sim.'],
    ['secrets.rewrap', 'dev', 'Stored secrets were wrapped with another key: secrets, by user:sim.'],
    ['trading.set', 'trading', 'Trading: halt for all accounts by user:sim. Mode: halted.'],
  ] as const)('%s is told to %s', async (kind, audience, text) => {
    const desk = await Desk.open(1);
    await desk.command(await TRAILS[kind].body(desk));
    const notices = [...desk.cluster.ledger.content.notices.values()].map(({ notice }) => notice);
    expect(notices).toContainEqual(expect.objectContaining({ audience, text }));
  });
});

function contentOf(desk: Desk): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(desk.cluster.ledger.content).map(([name, rows]) => [name, rows instanceof Map ? [...rows.entries()] : rows]),
  );
}
