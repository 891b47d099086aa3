import type { PeopleDirectory } from '../../domain/people/peopleChange.ts';
import { type Hook, type HookProofs, hmacKeyPlace, type Retiring } from '../../domain/signal/hook.ts';
import { firstProofs, keepProofs, stillValid } from '../../domain/signal/hookProofs.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { randomToken } from '../../ops/passwords.ts';
import { carryOut } from '../carryOut.ts';
import { type ApiDeps, forCaller } from '../deps.ts';
import { checkHook, type HookWish } from '../hookWish.ts';
import { findHook } from '../lookup.ts';
import { pageAnswer, pageOf } from '../paging.ts';
import { preflightOf } from '../preflight.ts';
import { invalid, notFound, type Problem, problem } from '../problem.ts';
import { type Answer, answer, type Caller, defineRoute, type Input, ok, type Route } from '../route.ts';
import { listOf, NoQuery, pageQuery } from '../schemas/common.ts';
import * as hooks from '../schemas/hook.ts';

const tag = 'hooks';
const path = '/api/v1/hooks';

export function hookRoutes(deps: ApiDeps): Route[] {
  return [...readRoutes(deps), ...writeRoutes(deps)];
}

function readRoutes(deps: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'viewer',
      tag,
      summary: 'All hooks',
      query: pageQuery({}),
      answers: { 200: { description: 'Hooks', schema: listOf(hooks.Hook) } },
      handle: async ({ query, reads }) => pageAnswer(hookViews(forCaller(deps, { reads })).then((views) => pageOf(views, query))),
    }),
    defineRoute({
      method: 'get',
      path: `${path}/:id`,
      role: 'viewer',
      tag,
      summary: 'One hook, by id or name',
      answers: { 200: { description: 'The hook', schema: hooks.Hook } },
      handle: ({ param, reads }) => withHook(forCaller(deps, { reads }), param('id'), async (hook) => ok(await hookView(deps, hook))),
    }),
  ];
}

function writeRoutes(deps: ApiDeps): Route[] {
  const { submit } = deps;
  return [
    defineRoute({
      method: 'post',
      path,
      role: 'admin',
      tag,
      summary: 'Create a hook',
      description:
        'The key, and the secret and HMAC key when those layers are asked for, are answered this once. With a sampleMessage, `preflight` tells what it would do; whatever that says, the hook is saved.',
      query: NoQuery,
      body: hooks.NewHook,
      answers: { 201: { description: 'Created', schema: hooks.HookWithKey } },
      handle: (input) => createHook(deps, input),
    }),
    defineRoute({
      method: 'put',
      path: `${path}/:id`,
      role: 'admin',
      tag,
      summary: 'Change a hook',
      description:
        'What is left out keeps its value. Asking for the secret or hmac layer makes a secret or HMAC key, answered this once. A sampleMessage is tried as on creation.',
      body: hooks.HookChange,
      answers: { 200: { description: 'Changed', schema: hooks.HookWithSecret } },
      handle: (input) => withHook(deps, input.param('id'), (hook) => changeHook(deps, input, hook)),
    }),
    defineRoute({
      method: 'delete',
      path: `${path}/:id`,
      role: 'admin',
      tag,
      summary: 'Revoke a hook',
      answers: { 204: { description: 'Revoked: its URL is refused from now on' } },
      handle: (input) =>
        withHook(deps, input.param('id'), (hook) =>
          carryOut(submit, input, { kind: 'hook.remove', hookId: hook.id }, async () => answer(204)),
        ),
    }),
    defineRoute({
      method: 'post',
      path: `${path}/:id/rotate`,
      role: 'admin',
      tag,
      summary: 'Replace key, secret or HMAC key of a hook',
      description:
        'Old and new work side by side until the overlap ends; another rotation ends the older at once. Without a body: everything the hook has, for an hour. After a leak: overlapSec 0.',
      body: hooks.Rotation,
      answers: { 200: { description: 'The new values, this once', schema: hooks.RotatedHook } },
      handle: (input) => withHook(deps, input.param('id'), (hook) => rotateHook(deps, input, hook)),
    }),
  ];
}

async function withHook(
  { readModel }: ApiDeps,
  idOrName: string,
  then: (hook: Hook) => Promise<Answer | Problem>,
): Promise<Answer | Problem> {
  const hook = await findHook(readModel, idOrName);
  return hook ? then(hook) : notFound(`hook "${idOrName}"`);
}

/** What is shown this once. */
interface Shown {
  readonly key?: string;
  readonly secret?: string;
  readonly hmacKey?: string;
}

async function createHook(deps: ApiDeps, input: Input<unknown, hooks.NewHook>): Promise<Answer | Problem> {
  const wish = await checkHook(deps, input.body, null);
  if (wish.kind === 'problem') return wish;
  const taken = await findHook(deps.readModel, wish.name);
  if (taken && input.idempotencyKey === null) return problem('NAME_TAKEN', `There is a hook "${wish.name}" already.`);
  const id = deps.newId();
  const key = randomToken();
  const shown: Shown = { key, ...newProofs(wish.layers, null) };
  const proofs = firstProofs({ keyHash: sha256Hex(key), ...stored(deps, id, shown) });
  const hook = hookFrom(wish, { id, createdAt: deps.clock.now() }, proofs);
  return carryOut(deps.submit, input, { kind: 'hook.put', hook, change: 'created' }, async ({ duplicate }) =>
    duplicate
      ? shownBefore(hook.name)
      : answer(201, { ...(await withShown(deps, input, hook, shown)), ...(await preflightOf(deps, hook, input.body)) }),
  );
}

async function changeHook(deps: ApiDeps, input: Input<unknown, hooks.HookChange>, old: Hook): Promise<Answer | Problem> {
  const wish = await checkHook(deps, input.body, old);
  if (wish.kind === 'problem') return wish;
  const shown: Shown = newProofs(wish.layers, old);
  const proofs = { ...old, ...stored(deps, old.id, shown) };
  const wanted = hookFrom(wish, old, proofs);
  const hook = { ...wanted, ...keepProofs(old, wanted) };
  return carryOut(deps.submit, input, { kind: 'hook.put', hook, change: 'updated' }, async ({ duplicate }) =>
    duplicate && Object.keys(shown).length > 0
      ? shownBefore(hook.name)
      : ok({ ...(await withShown(deps, input, hook, shown)), ...(await preflightOf(deps, hook, input.body)) }),
  );
}

async function rotateHook(deps: ApiDeps, input: Input<unknown, hooks.Rotation>, old: Hook): Promise<Answer | Problem> {
  const has = { key: true, secret: old.layers.includes('secret'), hmacKey: old.layers.includes('hmac') };
  const { overlapSec, what = hooks.ROTATABLE.filter((one) => has[one]) } = input.body;
  const missing = what.flatMap((one, index) => (has[one] ? [] : [{ one, index }]));
  if (missing.length > 0)
    return invalid(
      missing.map(({ one, index }) => ({ pointer: `/what/${index}`, code: 'NOT_THERE', message: `This hook has no ${one}.` })),
    );
  const shown: Shown = Object.fromEntries(what.map((one) => [one, randomToken()]));
  const keyHash = shown.key === undefined ? null : sha256Hex(shown.key);
  const fresh = { keyHash, secretHash: null, sealedHmacKey: null, ...stored(deps, old.id, shown) };
  return carryOut(deps.submit, input, { kind: 'hook.rotate', hookId: old.id, fresh, overlapSec }, async ({ duplicate }) => {
    if (duplicate) return shownBefore(old.name);
    const hook = await findHook(deps.readModel, old.id);
    return hook ? ok(await withShown(deps, input, hook, shown)) : notFound(`hook "${old.name}"`);
  });
}

/** Secret and HMAC key for layers that have none yet. */
function newProofs(layers: Hook['layers'], old: HookProofs | null): Pick<Shown, 'secret' | 'hmacKey'> {
  return {
    ...(layers.includes('secret') && !old?.secretHash ? { secret: randomToken() } : {}),
    ...(layers.includes('hmac') && !old?.sealedHmacKey ? { hmacKey: randomToken() } : {}),
  };
}

/** As they are kept: the secret's hash, and the HMAC key sealed, because checking a signature needs the key itself. */
function stored({ box }: ApiDeps, hookId: string, { secret, hmacKey }: Shown): Partial<Pick<HookProofs, 'secretHash' | 'sealedHmacKey'>> {
  return {
    ...(secret === undefined ? {} : { secretHash: sha256Hex(secret) }),
    ...(hmacKey === undefined ? {} : { sealedHmacKey: box.seal(hmacKey, hmacKeyPlace(hookId)) }),
  };
}

function shownBefore(name: string): Problem {
  return problem(
    'ALREADY_CREATED',
    `This was carried out before and the key of "${name}" was answered then; rotate the hook for a new one.`,
  );
}

function hookFrom(wish: HookWish, { id, createdAt }: Pick<Hook, 'id' | 'createdAt'>, proofs: HookProofs): Hook {
  const {
    name,
    layers,
    accountIds,
    allowlist,
    maxAgeSec,
    dedupeWindowSec,
    ratePoints,
    enabled,
    approval = null,
    onGap = 'tell',
    ownerId,
  } = wish;
  const { keyHash, secretHash, sealedHmacKey, oldKey, oldSecret, oldHmacKey } = proofs;
  return {
    ...{ id, name, layers, accountIds, allowlist, maxAgeSec, dedupeWindowSec, ratePoints, enabled, approval, onGap, ownerId, createdAt },
    ...{ keyHash, secretHash, sealedHmacKey, oldKey, oldSecret, oldHmacKey },
  };
}

async function withShown(deps: ApiDeps, { origin }: Caller, hook: Hook, shown: Shown) {
  const view = await hookView(deps, hook);
  return { ...view, ...shown, ...(shown.key === undefined ? {} : { url: `${origin}/hooks/${shown.key}` }) };
}

async function hookViews({ readModel, people, clock }: ApiDeps) {
  const [all, accounts] = await Promise.all([readModel.hooks(), readModel.accounts()]);
  const names = new Map(accounts.map((account) => [account.id, account.name]));
  return all.map((hook) => describeHook(people, hook, names, clock.now()));
}

async function hookView({ readModel, people, clock }: ApiDeps, hook: Hook) {
  const accounts = await readModel.accounts();
  return describeHook(people, hook, new Map(accounts.map((account) => [account.id, account.name])), clock.now());
}

function describeHook(people: PeopleDirectory, hook: Hook, accountNames: ReadonlyMap<string, string>, now: number) {
  const {
    id,
    name,
    layers,
    accountIds,
    allowlist,
    maxAgeSec,
    dedupeWindowSec,
    ratePoints,
    enabled,
    approval = null,
    onGap = 'tell',
    ownerId,
  } = hook;
  const owner = ownerId === null ? null : (people.userById(ownerId)?.email ?? ownerId);
  const accounts = accountIds.flatMap((accountId) => accountNames.get(accountId) ?? []);
  const createdAt = new Date(hook.createdAt).toISOString();
  const until = (old: Retiring | null) => (old && stillValid(old, now) !== null ? new Date(old.until).toISOString() : null);
  const oldWorksUntil = { key: until(hook.oldKey), secret: until(hook.oldSecret), hmacKey: until(hook.oldHmacKey) };
  return {
    id,
    name,
    layers,
    accounts,
    allowlist,
    maxAgeSec,
    dedupeWindowSec,
    ratePoints,
    enabled,
    approval,
    onGap,
    owner,
    oldWorksUntil,
    createdAt,
  };
}
