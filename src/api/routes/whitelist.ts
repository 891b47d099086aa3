import { combineEntries, isPresetName, PRESET_NAMES, PRESETS } from '../../domain/access/presets.ts';
import { isLive, type WhitelistEntry, type WhitelistScope } from '../../domain/access/whitelist.ts';
import { normalizeCidr } from '../../lib/cidr.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { findHook } from '../lookup.ts';
import { pageAnswer, pageOf } from '../paging.ts';
import { invalid, notFound, type Problem, problem } from '../problem.ts';
import { type Answer, answer, defineRoute, type Input, ok, type Route } from '../route.ts';
import { listOf, NoQuery, wholePageQuery } from '../schemas/common.ts';
import * as schemas from '../schemas/whitelist.ts';

const tag = 'whitelist';
const path = '/api/v1/whitelist';
const FORCE = 'Refused with `WOULD_LOCK_YOU_OUT` when the API would no longer answer the address you ask from, unless forced.';

export function whitelistRoutes(deps: ApiDeps): Route[] {
  return [...entryRoutes(deps), ...presetRoutes(deps)];
}

function entryRoutes(deps: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'viewer',
      tag,
      summary: 'Who may post alerts, and who may use the API',
      description:
        'Entries of the settings and built-in lists among them. Without an entry of scope `api` the API is open to whoever authenticates.',
      query: wholePageQuery({}),
      answers: { 200: { description: 'Entries', schema: listOf(schemas.WhitelistEntry) } },
      handle: async ({ query }) => pageAnswer(views(deps).then((all) => pageOf(all, query))),
    }),
    defineRoute({
      method: 'post',
      path,
      role: 'admin',
      tag,
      summary: 'Add an entry, or change the one with the same block and scope',
      description: `In force on every instance within a second. ${FORCE}`,
      query: NoQuery,
      body: schemas.NewWhitelistEntry,
      answers: {
        200: { description: 'Changed', schema: schemas.WhitelistEntry },
        201: { description: 'Added', schema: schemas.WhitelistEntry },
      },
      handle: (input) => addEntry(deps, input),
    }),
    defineRoute({
      method: 'delete',
      path: `${path}/:id`,
      role: 'admin',
      tag,
      summary: 'Remove an entry, by id or block',
      description: FORCE,
      query: schemas.Forced,
      answers: { 204: { description: 'Removed' } },
      handle: async (input) => {
        const entry = await findEntry(deps, input.param('id'));
        if ('kind' in entry) return entry;
        const body = { kind: 'whitelist.remove', entryId: entry.id, force: input.query.force } as const;
        return carryOut(deps.submit, input, body, async () => answer(204));
      },
    }),
  ];
}

function presetRoutes(deps: ApiDeps): Route[] {
  const one = `${path}/presets/:name`;
  const put = (input: Input<unknown, unknown>, scope: WhitelistScope, addresses: readonly string[] | null, force: boolean) => {
    const preset = input.param('name');
    if (!isPresetName(preset)) return notFound(`preset "${preset}"; there is: ${PRESET_NAMES.join(', ')}`);
    const body = { kind: 'whitelist.preset', preset, scope, addresses, force } as const;
    return carryOut(deps.submit, input, body, async () => ok((await presetViews(deps)).find(({ name }) => name === preset)));
  };
  return [
    defineRoute({
      method: 'get',
      path: `${path}/presets`,
      role: 'viewer',
      tag,
      summary: 'Lists of addresses that are kept together',
      query: NoQuery,
      answers: { 200: { description: 'Presets', schema: listOf(schemas.Preset) } },
      handle: async () => ok({ items: await presetViews(deps), nextCursor: null }),
    }),
    defineRoute({
      method: 'put',
      path: one,
      role: 'admin',
      tag,
      summary: 'Store the addresses of a preset',
      description: 'They take the place of the list before, built-in or stored.',
      query: NoQuery,
      body: schemas.PresetChange,
      answers: { 200: { description: 'The preset now', schema: schemas.Preset } },
      handle: async (input) => {
        const scope = await resolveScope(deps, input.body.scope);
        const { addresses, force } = input.body;
        const preset = input.param('name');
        const builtIn = isPresetName(preset) ? PRESETS[preset].addresses : [];
        return typeof scope === 'string' ? put(input, scope, addresses ?? builtIn, force) : scope;
      },
    }),
    defineRoute({
      method: 'delete',
      path: one,
      role: 'admin',
      tag,
      summary: 'Forget the stored addresses of a preset',
      description: 'The built-in list is in force again, unless IP_ALLOWLIST names others.',
      query: schemas.PresetScope,
      answers: { 200: { description: 'The preset now', schema: schemas.Preset } },
      handle: async (input) => {
        const scope = await resolveScope(deps, input.query.scope);
        return typeof scope === 'string' ? put(input, scope, null, false) : scope;
      },
    }),
  ];
}

async function addEntry(deps: ApiDeps, input: Input<unknown, schemas.NewWhitelistEntry>): Promise<Answer | Problem> {
  const { cidr: asked, label, expiresAt, forSec, force } = input.body;
  const cidr = normalizeCidr(asked);
  if (cidr === null) {
    const message = `"${asked}" is neither an IP address nor a CIDR block; a preset is stored with PUT ${path}/presets/<name>.`;
    return invalid([{ pointer: '/cidr', code: 'NOT_AN_ADDRESS', message }]);
  }
  const scope = await resolveScope(deps, input.body.scope);
  if (typeof scope !== 'string') return scope;
  const now = deps.clock.now();
  const end = forSec === undefined ? (expiresAt === null ? null : Date.parse(expiresAt)) : now + forSec * 1000;
  const entry: WhitelistEntry = {
    ...{ id: deps.newId(), cidr, label, scope, expiresAt: end, source: 'admin' },
    ...{ createdBy: input.identity.name, createdAt: now },
  };
  return carryOut(deps.submit, input, { kind: 'whitelist.put', entry, force }, async ({ status, body }) => {
    const { entryId } = body as { entryId: string };
    const stored = (await views(deps)).find(({ id }) => id === entryId);
    return stored ? answer(status, stored) : problem('NOT_FOUND', 'The entry was stored, and removed again since.');
  });
}

/** `hook:<name or id>` becomes `hook:<id>`. */
async function resolveScope({ readModel }: ApiDeps, asked: string): Promise<WhitelistScope | Problem> {
  if (asked === 'global' || asked === 'api') return asked;
  const name = asked.slice('hook:'.length);
  const hook = await findHook(readModel, name);
  return hook ? `hook:${hook.id}` : invalid([{ pointer: '/scope', code: 'HOOK_UNKNOWN', message: `There is no hook "${name}".` }]);
}

/** By id, or by block where only one entry has it. */
async function findEntry(deps: ApiDeps, idOrCidr: string): Promise<WhitelistEntry | Problem> {
  const all = await entriesOf(deps);
  const byId = all.find(({ id }) => id === idOrCidr);
  if (byId) return byId;
  const cidr = normalizeCidr(idOrCidr);
  const [only, ...more] = cidr === null ? [] : all.filter((entry) => entry.cidr === cidr);
  if (!only) return notFound(`entry "${idOrCidr}"`);
  if (more.length === 0) return only;
  const each = [only, ...more].map(({ id, scope }) => `${id} (${scope})`).join(', ');
  return problem('AMBIGUOUS', `${cidr} is listed several times; name one: ${each}.`);
}

/** All entries that count now. */
async function entriesOf({ readModel, access, clock }: ApiDeps): Promise<WhitelistEntry[]> {
  const now = clock.now();
  return combineEntries(access.fixed, await readModel.whitelist()).filter((entry) => isLive(entry, now));
}

async function views(deps: ApiDeps) {
  const [entries, hooks] = await Promise.all([entriesOf(deps), deps.readModel.hooks()]);
  return entries.map(({ id, cidr, label, scope, expiresAt, createdBy, createdAt, source }) => ({
    ...{ id, cidr, label, scope, source, createdBy },
    hook: hooks.find((hook) => scope === `hook:${hook.id}`)?.name ?? null,
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    createdAt: createdAt === 0 ? null : new Date(createdAt).toISOString(),
  }));
}

async function presetViews({ readModel }: ApiDeps) {
  const stored = await readModel.whitelist();
  return PRESET_NAMES.map((name) => {
    const { title, version, reference, addresses } = PRESETS[name];
    const own = stored.filter(({ source, scope }) => source === `preset:${name}` && scope === 'global').map(({ cidr }) => cidr);
    return { name, title, version, reference, builtIn: addresses, stored: own };
  });
}
