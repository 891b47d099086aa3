import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/domain/people/access.ts';
import { newUser, type Role, type User } from '../../src/domain/people/user.ts';
import type { Actor, CommandBody, CommandReply } from '../../src/domain/signal/command.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import { type ApiServer, startApi } from './apiServer.ts';

const HOUSE: Actor = { name: 'token:admin', address: null };
let api: ApiServer;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** What the leader answers, whoever asks and however the door was passed. */
async function order(body: CommandBody, actor: Actor = HOUSE): Promise<CommandReply> {
  const submitted = await api.deps.submit(body, actor, { correlationId: uuidv7(), dedupe: null });
  if (submitted.kind !== 'reply') throw new Error(`no answer: ${submitted.kind}`);
  return submitted.reply;
}

async function userWith(role: Role, more: Partial<User> = {}): Promise<User> {
  const id = uuidv7();
  const user = { ...newUser({ id, email: `${id}@example.com`, role, passwordHash: `hash-${id}`, createdAt: Date.now() }), ...more };
  expect(await order({ kind: 'user.create', user })).toMatchObject({ status: 201 });
  return user;
}

function as(user: User, by: 'person' | 'program' = 'person', role: Role = user.role): Actor {
  return { name: `user:${user.email}`, address: '192.0.2.7', rights: { userId: user.id, role, by } };
}

function sessionOf(user: User, createdAt = Date.now()): Session {
  const [id, tokenHash] = [uuidv7(), sha256Hex(uuidv7())];
  return { id, userId: user.id, tokenHash, address: null, agent: null, createdAt, lastSeenAt: createdAt, expiresAt: createdAt + 60_000 };
}

function open(user: User, more: Partial<Extract<CommandBody, { kind: 'session.open' }>> = {}): CommandBody {
  return { kind: 'session.open', session: sessionOf(user), passwordFingerprint: sha256Hex(user.passwordHash), secondFactor: null, ...more };
}

const stored = async (user: User) => {
  const { users, sessions, tokens } = await api.deps.readModel.people();
  const own = <T extends { userId: string }>(items: readonly T[]) => items.filter(({ userId }) => userId === user.id);
  return { user: users.find(({ id }) => id === user.id), sessions: own(sessions), tokens: own(tokens) };
};

describe('the leader decides about a second factor', () => {
  it('however many instances found the same code right at the same time, one of them gets in', async () => {
    const ann = await userWith('trader', { sealedTotp: 'sealed' });
    const tries = Array.from({ length: 20 }, () => order(open(ann, { secondFactor: { userId: ann.id, step: 7 } })));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 401)).toHaveLength(19);
    expect((await stored(ann)).sessions).toHaveLength(1);
  });

  it('nobody signs in without the factor they have, with somebody else’s, or with a password that was changed meanwhile', async () => {
    const [ann, bob] = [await userWith('trader', { sealedTotp: 'sealed' }), await userWith('trader', { sealedTotp: 'sealed' })];
    for (const more of [
      { secondFactor: null },
      { secondFactor: { userId: bob.id, step: 7 } },
      { secondFactor: { userId: ann.id, step: 7 }, passwordFingerprint: sha256Hex('old') },
    ])
      expect(await order(open(ann, more))).toMatchObject({ status: 401, body: { code: 'SIGN_IN_FAILED' } });
    expect((await stored(ann)).sessions).toEqual([]);
  });

  it('a recovery code lets in once', async () => {
    const ann = await userWith('trader', { sealedTotp: 'sealed', recoveryHashes: ['one', 'two'] });
    const secondFactor = { userId: ann.id, recoveryHash: 'one' };
    expect(await order(open(ann, { secondFactor }))).toMatchObject({ status: 201 });
    expect(await order(open(ann, { secondFactor }))).toMatchObject({ status: 401 });
    expect((await stored(ann)).user?.recoveryHashes).toEqual(['two']);
  });

  it('a person resumes trading with a fresh code only, a program without', async () => {
    const ann = await userWith('trader', { sealedTotp: 'sealed' });
    const resume = (step: number | null, by: 'person' | 'program' = 'person') => {
      const secondFactor = step === null ? null : { userId: ann.id, step };
      return order({ kind: 'trading.set', action: 'resume', accountId: null, reason: null, secondFactor }, as(ann, by));
    };
    expect(await resume(null)).toMatchObject({ status: 403, body: { code: 'SECOND_FACTOR_REQUIRED' } });
    expect(await resume(9)).toMatchObject({ status: 200 });
    expect(await resume(9)).toMatchObject({ status: 403, body: { code: 'SECOND_FACTOR_REFUSED' } });
    expect(await resume(null, 'program')).toMatchObject({ status: 200 });
    const halt = { kind: 'trading.set', action: 'halt', accountId: null, reason: null } as const;
    expect(await order(halt, as(ann)), 'halting is easy').toMatchObject({ status: 200 });
    await resume(10);
  });
});

describe('the leader looks at rights again', () => {
  it.each<[string, Role, Role, CommandBody, number]>([
    ['a viewer does not trade', 'viewer', 'viewer', { kind: 'order.cancel', orderId: uuidv7() }, 403],
    ['a trader may ask to', 'trader', 'trader', { kind: 'order.cancel', orderId: uuidv7() }, 409],
    ['a trader sets no limits', 'trader', 'trader', { kind: 'risk.set', accountId: null, limits: {} }, 403],
    ["an admin's token for reading sets none either", 'admin', 'viewer', { kind: 'risk.set', accountId: null, limits: {} }, 403],
    ['an admin does', 'admin', 'admin', { kind: 'risk.set', accountId: null, limits: {} }, 200],
  ])('%s', async (_what, role, scope, body, status) => {
    expect(await order(body, as(await userWith(role), 'program', scope))).toMatchObject({ status });
  });

  it('who was let in by an instance and disabled meanwhile is refused', async () => {
    const ann = await userWith('trader');
    await order({ kind: 'user.change', userId: ann.id, change: { disabled: true } });
    expect(await order({ kind: 'order.cancel', orderId: uuidv7() }, as(ann))).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(await order(open(ann))).toMatchObject({ status: 401 });
  });
});

describe('all sessions of a user end', () => {
  it.each<[string, (user: User) => CommandBody, number]>([
    ['when the password changes', ({ id }) => ({ kind: 'user.password', userId: id, passwordHash: 'new' }), 1],
    ['when the role changes', ({ id }) => ({ kind: 'user.change', userId: id, change: { role: 'viewer' } }), 1],
    ['when the second factor is reset', ({ id }) => ({ kind: 'totp.reset', userId: id }), 1],
    ['when they are disabled, tokens too', ({ id }) => ({ kind: 'user.change', userId: id, change: { disabled: true } }), 0],
    ['not when only the name changes', ({ id }) => ({ kind: 'user.change', userId: id, change: { name: 'Ann' } }), 1],
  ])('%s', async (what, body, tokensLeft) => {
    const ann = await userWith('trader');
    await order(open(ann));
    await order(open(ann));
    const token = { id: uuidv7(), userId: ann.id, name: 'bot', tokenHash: sha256Hex(ann.id), scopes: ['trade'] as const };
    await order({ kind: 'token.create', token: { ...token, createdAt: 1, expiresAt: Date.now() + 60_000, lastUsedAt: null } }, as(ann));
    expect((await stored(ann)).sessions).toHaveLength(2);
    expect(await order(body(ann))).toMatchObject({ status: 200 });
    const { sessions, tokens } = await stored(ann);
    expect([sessions.length, tokens.length]).toEqual([what.startsWith('not') ? 2 : 0, tokensLeft]);
  });
});

describe("a program's token that is not an admin's", () => {
  it('ends no session of its owner, revokes no token, and lets nobody speak for them', async () => {
    const ann = await userWith('trader');
    await order(open(ann));
    const token = { id: uuidv7(), userId: ann.id, name: 'bot', tokenHash: sha256Hex(ann.id), scopes: ['trade'] as const };
    await order({ kind: 'token.create', token: { ...token, createdAt: 1, expiresAt: Date.now() + 60_000, lastUsedAt: null } }, as(ann));
    const code = { userId: ann.id, codeHash: sha256Hex('code'), expiresAt: Date.now() + 60_000 };
    const bodies: CommandBody[] = [
      { kind: 'session.end', sessionId: (await stored(ann)).sessions[0]?.id ?? '' },
      { kind: 'token.revoke', tokenId: token.id },
      { kind: 'user.password', userId: ann.id, passwordHash: 'new' },
      { kind: 'telegram.code', code },
      { kind: 'telegram.unlink', userId: ann.id },
      { kind: 'totp.begin', userId: ann.id, sealedSecret: 'sealed', secondFactor: null },
    ];
    for (const body of bodies) expect(await order(body, as(ann, 'program', 'trader')), body.kind).toMatchObject({ status: 403 });
    expect(await stored(ann)).toMatchObject({ user: ann, sessions: [{ userId: ann.id }], tokens: [{ id: token.id }] });
    for (const body of bodies.slice(0, 2)) expect(await order(body, as(ann)), body.kind).toMatchObject({ status: 200 });
  });
});

describe('limits and last things', () => {
  it('the last admin can neither be disabled nor lose the role', async () => {
    const { users } = await api.deps.readModel.people();
    for (const { id, role } of users) if (role === 'admin') await order({ kind: 'user.change', userId: id, change: { disabled: true } });
    const last = await userWith('admin');
    for (const { id, role } of users) if (role === 'admin') await order({ kind: 'user.change', userId: id, change: { disabled: true } });
    for (const change of [{ disabled: true }, { role: 'trader' as const }]) {
      const reply = await order({ kind: 'user.change', userId: last.id, change });
      expect(reply).toMatchObject({ status: 409, body: { code: 'LAST_ADMIN' } });
    }
  });

  it('an e-mail address names one user, and the 21st session puts out the oldest', async () => {
    const ann = await userWith('trader');
    expect(await order({ kind: 'user.create', user: { ...ann, id: uuidv7() } })).toMatchObject({
      status: 409,
      body: { code: 'EMAIL_TAKEN' },
    });
    const [first, ...rest] = Array.from({ length: 21 }, (_, n) => sessionOf(ann, Date.now() + n));
    for (const session of [first, ...rest]) if (session) await order(open(ann, { session }));
    expect((await stored(ann)).sessions.map(({ id }) => id)).toEqual(rest.map(({ id }) => id));
  });

  it('a token has no scope its owner or its maker lacks, and makes no other tokens', async () => {
    const [ann, admin] = [await userWith('trader'), await userWith('admin')];
    const create = (actor: Actor, scope: 'trade' | 'admin', name: string) => {
      const token = {
        id: uuidv7(),
        userId: ann.id,
        name,
        tokenHash: sha256Hex(uuidv7()),
        scopes: [scope],
        createdAt: 1,
        expiresAt: 2,
        lastUsedAt: null,
      };
      return order({ kind: 'token.create', token }, actor);
    };
    expect(await create(as(ann), 'admin', 'a')).toMatchObject({ status: 403, body: { code: 'SCOPE_TOO_WIDE' } });
    expect(await create(as(admin), 'admin', 'a')).toMatchObject({ status: 403, body: { code: 'SCOPE_TOO_WIDE' } });
    expect(await create(as(ann, 'program'), 'trade', 'a')).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(await create(as(await userWith('trader')), 'trade', 'a')).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect(await create(as(ann), 'trade', 'a')).toMatchObject({ status: 201 });
    expect(await create(as(ann), 'trade', 'a')).toMatchObject({ status: 409, body: { code: 'NAME_TAKEN' } });
  });

  it('a second factor is enrolled by its owner, replaced with the old one, and reset by somebody else', async () => {
    const [ann, admin] = [await userWith('trader'), await userWith('admin')];
    const begin = (actor: Actor, sealedSecret: string, step: number | null = null) =>
      order({ kind: 'totp.begin', userId: ann.id, sealedSecret, secondFactor: step === null ? null : { userId: ann.id, step } }, actor);
    const confirm = (sealedSecret: string, step: number) =>
      order({ kind: 'totp.confirm', userId: ann.id, sealedSecret, step, recoveryHashes: ['r'], keepSessionId: null }, as(ann));
    expect(await begin(as(admin), 's1')).toMatchObject({ status: 403 });
    expect(await begin(as(ann), 's1')).toMatchObject({ status: 200 });
    expect(await confirm('other', 5)).toMatchObject({ status: 409, body: { code: 'TOTP_NOT_BEGUN' } });
    expect(await confirm('s1', 5)).toMatchObject({ status: 200 });
    expect(await begin(as(ann), 's2')).toMatchObject({ status: 403, body: { code: 'SECOND_FACTOR_REFUSED' } });
    expect(await begin(as(ann), 's2', 5), 'the step that confirmed is used up').toMatchObject({ status: 403 });
    expect(await begin(as(ann), 's2', 6)).toMatchObject({ status: 200 });
    expect((await stored(ann)).user).toMatchObject({ sealedTotp: 's1', sealedTotpPending: 's2', totpLastStep: 6 });
    expect(await order({ kind: 'totp.reset', userId: admin.id }, as(admin))).toMatchObject({ status: 403 });
    expect(await order({ kind: 'totp.reset', userId: ann.id }, as(admin))).toMatchObject({ status: 200 });
    expect((await stored(ann)).user).toMatchObject({ sealedTotp: null, sealedTotpPending: null, totpLastStep: null, recoveryHashes: [] });
  });
});
