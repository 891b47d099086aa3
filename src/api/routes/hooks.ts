import type { Hook } from '../../domain/signal/hook.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { randomToken } from '../../ops/passwords.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { checkHook, type HookWish } from '../hookWish.ts';
import { findHook } from '../lookup.ts';
import { pageAnswer, pageOf } from '../paging.ts';
import { notFound, type Problem, problem } from '../problem.ts';
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
      handle: async ({ query }) => pageAnswer(hookViews(deps).then((views) => pageOf(views, query))),
    }),
    defineRoute({
      method: 'get',
      path: `${path}/:id`,
      role: 'viewer',
      tag,
      summary: 'One hook, by id or name',
      answers: { 200: { description: 'The hook', schema: hooks.Hook } },
      handle: ({ param }) => withHook(deps, param('id'), async (hook) => ok(await hookView(deps, hook))),
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
      description: 'The key, and the secret when that layer is asked for, are answered this once.',
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
      description: 'What is left out keeps its value. Asking for the secret layer makes a secret, answered this once.',
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
      summary: 'Replace the key (and secret) of a hook',
      description: 'The old ones stop working at once.',
      answers: { 200: { description: 'The new key, this once', schema: hooks.HookWithKey } },
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

async function createHook(deps: ApiDeps, input: Input<unknown, hooks.NewHook>): Promise<Answer | Problem> {
  const wish = await checkHook(deps.readModel, input.body, null);
  if (wish.kind === 'problem') return wish;
  const taken = await findHook(deps.readModel, wish.name);
  if (taken && input.idempotencyKey === null) return problem('NAME_TAKEN', `There is a hook "${wish.name}" already.`);
  const key = randomToken();
  const secret = wish.layers.includes('secret') ? randomToken() : undefined;
  const hook: Hook = hookFrom(wish, {
    id: deps.newId(),
    keyHash: sha256Hex(key),
    secretHash: secret === undefined ? null : sha256Hex(secret),
    createdAt: deps.clock.now(),
  });
  return carryOut(deps.submit, input, { kind: 'hook.put', hook, change: 'created' }, async ({ duplicate }) =>
    duplicate ? shownBefore(hook.name) : answer(201, await withKey(deps, input, hook, key, secret)),
  );
}

async function changeHook(deps: ApiDeps, input: Input<unknown, hooks.HookChange>, old: Hook): Promise<Answer | Problem> {
  const wish = await checkHook(deps.readModel, input.body, old);
  if (wish.kind === 'problem') return wish;
  const wanted = wish.layers.includes('secret');
  const secret = wanted && old.secretHash === null ? randomToken() : undefined;
  const secretHash = secret === undefined ? (wanted ? old.secretHash : null) : sha256Hex(secret);
  const hook = hookFrom(wish, { ...old, secretHash });
  return carryOut(deps.submit, input, { kind: 'hook.put', hook, change: 'updated' }, async ({ duplicate }) => {
    if (secret === undefined) return ok(await hookView(deps, hook));
    return duplicate ? shownBefore(hook.name) : ok({ ...(await hookView(deps, hook)), secret });
  });
}

async function rotateHook(deps: ApiDeps, input: Input<unknown, unknown>, old: Hook): Promise<Answer | Problem> {
  const key = randomToken();
  const secret = old.layers.includes('secret') ? randomToken() : undefined;
  const hook: Hook = { ...old, keyHash: sha256Hex(key), secretHash: secret === undefined ? null : sha256Hex(secret) };
  return carryOut(deps.submit, input, { kind: 'hook.put', hook, change: 'rotated' }, async ({ duplicate }) =>
    duplicate ? shownBefore(hook.name) : ok(await withKey(deps, input, hook, key, secret)),
  );
}

function shownBefore(name: string): Problem {
  return problem(
    'ALREADY_CREATED',
    `This was carried out before and the key of "${name}" was answered then; rotate the hook for a new one.`,
  );
}

function hookFrom(wish: HookWish, kept: Pick<Hook, 'id' | 'keyHash' | 'secretHash' | 'createdAt'>): Hook {
  const { name, layers, accountIds, allowlist, maxAgeSec, dedupeWindowSec, ratePoints, enabled } = wish;
  const { id, keyHash, secretHash, createdAt } = kept;
  return { id, name, keyHash, layers, secretHash, accountIds, allowlist, maxAgeSec, dedupeWindowSec, ratePoints, enabled, createdAt };
}

async function withKey(deps: ApiDeps, { origin }: Caller, hook: Hook, key: string, secret: string | undefined) {
  const view = await hookView(deps, hook);
  return { ...view, key, url: `${origin}/hooks/${key}`, ...(secret === undefined ? {} : { secret }) };
}

async function hookViews({ readModel }: ApiDeps) {
  const [all, accounts] = await Promise.all([readModel.hooks(), readModel.accounts()]);
  const names = new Map(accounts.map((account) => [account.id, account.name]));
  return all.map((hook) => describeHook(hook, names));
}

async function hookView({ readModel }: ApiDeps, hook: Hook) {
  const accounts = await readModel.accounts();
  return describeHook(hook, new Map(accounts.map((account) => [account.id, account.name])));
}

function describeHook(hook: Hook, accountNames: ReadonlyMap<string, string>) {
  const { id, name, layers, accountIds, allowlist, maxAgeSec, dedupeWindowSec, ratePoints, enabled } = hook;
  const accounts = accountIds.flatMap((accountId) => accountNames.get(accountId) ?? []);
  const createdAt = new Date(hook.createdAt).toISOString();
  return { id, name, layers, accounts, allowlist, maxAgeSec, dedupeWindowSec, ratePoints, enabled, createdAt };
}
