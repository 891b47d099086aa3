import type { Account } from '../../domain/portfolio/account.ts';
import { takerFeeOf } from '../../domain/portfolio/takerFee.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { findAccount, ownerNamed } from '../lookup.ts';
import { pageAnswer, pageOf } from '../paging.ts';
import { invalid, type Mistake, notFound, type Problem, problem } from '../problem.ts';
import { type Answer, answer, defineRoute, type Input, ok, type Route } from '../route.ts';
import * as accounts from '../schemas/account.ts';
import { listOf, NoQuery, pageQuery } from '../schemas/common.ts';

const tag = 'accounts';
const path = '/api/v1/accounts';

export function accountRoutes(deps: ApiDeps): Route[] {
  return [...readRoutes(deps), ...changeRoutes(deps), ...useRoutes(deps)];
}

function readRoutes(deps: ApiDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'viewer',
      tag,
      summary: 'All accounts',
      query: pageQuery({}),
      answers: { 200: { description: 'Accounts', schema: listOf(accounts.Account) } },
      handle: async ({ query, reads }) =>
        pageAnswer(
          reads.accounts().then((all) =>
            pageOf(
              all.map((account) => accountView(deps, account)),
              query,
            ),
          ),
        ),
    }),
    defineRoute({
      method: 'get',
      path: `${path}/:id`,
      role: 'viewer',
      tag,
      summary: 'One account, by id or name',
      answers: { 200: { description: 'The account', schema: accounts.Account } },
      handle: async (input) => withAccount(input, async (account) => ok(accountView(deps, account))),
    }),
  ];
}

function changeRoutes(deps: ApiDeps): Route[] {
  const { submit } = deps;
  return [
    defineRoute({
      method: 'post',
      path,
      role: 'admin',
      tag,
      summary: 'Create an account',
      description: 'Credentials are encrypted before they are stored, and never shown.',
      query: NoQuery,
      body: accounts.NewAccount,
      answers: { 201: { description: 'Created', schema: accounts.Account } },
      handle: (input) => createAccount(deps, input),
    }),
    defineRoute({
      method: 'put',
      path: `${path}/:id`,
      role: 'admin',
      tag,
      summary: 'Say whose account it is',
      description: 'Its owner and admins see and trade it; null: the house, everybody with the role.',
      body: accounts.AccountChange,
      answers: { 200: { description: 'Changed', schema: accounts.Account } },
      handle: (input) => changeAccount(deps, input),
    }),
    defineRoute({
      method: 'delete',
      path: `${path}/:id`,
      role: 'admin',
      tag,
      summary: 'Remove an account',
      description: 'Its history stays. Refused while it has open orders.',
      answers: { 204: { description: 'Removed' } },
      handle: async (input) =>
        withAccount(input, (account) =>
          carryOut(submit, input, { kind: 'account.remove', accountId: account.id }, async () => answer(204)),
        ),
    }),
  ];
}

function useRoutes(deps: ApiDeps): Route[] {
  const { submit } = deps;
  return [
    defineRoute({
      method: 'post',
      path: `${path}/:id/enable`,
      role: 'admin',
      tag,
      summary: 'Let an account trade that waits for a second admin',
      answers: { 200: { description: 'It may trade', schema: accounts.Account } },
      handle: (input) =>
        withAccount(input, (account) =>
          carryOut(submit, input, { kind: 'account.enable', accountId: account.id }, () => currentAccount(deps, account.id)),
        ),
    }),
    defineRoute({
      method: 'post',
      path: `${path}/:id/test`,
      role: 'trader',
      tag,
      summary: 'Check credentials, clock and permissions at the venue',
      answers: { 200: { description: 'What was found', schema: accounts.AccountCheck } },
      handle: async (input) =>
        withAccount(input, (account) =>
          carryOut(submit, input, { kind: 'account.test', accountId: account.id }, async ({ body }) => ok(body)),
        ),
    }),
  ];
}

async function withAccount(
  { reads, param }: Input<unknown, unknown>,
  then: (account: Account) => Promise<Answer | Problem>,
): Promise<Answer | Problem> {
  const idOrName = param('id');
  const account = await findAccount(reads, idOrName);
  return account ? then(account) : notFound(`account "${idOrName}"`);
}

async function currentAccount(deps: ApiDeps, id: string): Promise<Answer | Problem> {
  const account = await findAccount(deps.readModel, id);
  return account ? ok(accountView(deps, account)) : notFound(`account "${id}"`);
}

function changeAccount(deps: ApiDeps, input: Input<unknown, accounts.AccountChange>): Promise<Answer | Problem> {
  return withAccount(input, async (account) => {
    const owner = ownerNamed(deps, input.body.owner);
    if ('kind' in owner) return owner;
    const body = { kind: 'account.change', accountId: account.id, ownerId: owner.id } as const;
    return carryOut(deps.submit, input, body, () => currentAccount(deps, account.id));
  });
}

async function createAccount(deps: ApiDeps, input: Input<unknown, accounts.NewAccount>): Promise<Answer | Problem> {
  const { body } = input;
  const mistakes = accountMistakes(body, deps);
  if (mistakes.length > 0) return invalid(mistakes);
  const taken = await findAccount(deps.readModel, body.name);
  if (taken && input.idempotencyKey === null) return problem('NAME_TAKEN', `There is an account "${body.name}" already.`);
  const id = deps.newId();
  const owner = ownerNamed(deps, body.owner);
  if ('kind' in owner) return owner;
  const { name, venue, market, sandbox, settings, credentials } = body;
  const sealedCredentials = credentials === null ? null : deps.box.seal(JSON.stringify(credentials), id);
  const rest = { ownerId: owner.id, enabled: true, createdAt: deps.clock.now() };
  const account: Account = { id, name, venue, market, sandbox, settings, sealedCredentials, ...rest };
  return carryOut(deps.submit, input, { kind: 'account.create', account }, async () => {
    const stored = await findAccount(deps.readModel, name);
    return stored
      ? answer(201, accountView(deps, stored))
      : problem('ALREADY_CREATED', `Account "${name}" was created and has since been removed.`);
  });
}

/** Settings an account at an exchange may have. */
const EXCHANGE_SETTINGS: readonly string[] = ['sandbox', 'nakedPosition', 'onLiquidationRisk', 'takerFee'];

function accountMistakes(account: accounts.NewAccount, { venues, paperSettingsProblem }: ApiDeps): Mistake[] {
  const { venue, market, credentials, settings } = account;
  const mistakes: Mistake[] = [];
  const { nakedPosition, onLiquidationRisk, takerFee } = settings;
  if (onLiquidationRisk !== undefined && onLiquidationRisk !== 'alarm' && onLiquidationRisk !== 'reduce')
    mistakes.push({ pointer: '/settings/onLiquidationRisk', code: 'NOT_A_CHOICE', message: 'Must be "alarm" or "reduce".' });
  else if (onLiquidationRisk !== undefined && market === 'spot')
    mistakes.push({
      pointer: '/settings/onLiquidationRisk',
      code: 'NOT_FOR_SPOT',
      message: 'Nothing on a spot account is ever liquidated: leave it out, or add a swap account.',
    });
  if (nakedPosition !== undefined && nakedPosition !== 'alarm' && nakedPosition !== 'flatten')
    mistakes.push({ pointer: '/settings/nakedPosition', code: 'NOT_A_CHOICE', message: 'Must be "alarm" or "flatten".' });
  if (venue !== 'paper' && takerFee !== undefined && takerFeeOf(takerFee) === null)
    mistakes.push({ pointer: '/settings/takerFee', code: 'NOT_A_PERCENTAGE', message: 'Must be a percentage as text, such as "0.04%".' });
  if (!venues.includes(venue))
    mistakes.push({
      pointer: '/venue',
      code: 'VENUE_UNKNOWN',
      message: `No venue "${venue}": use paper, or an exchange as ccxt names it, such as binance, okx or kucoin.`,
    });
  if (venue === 'paper') {
    if (credentials) mistakes.push({ pointer: '/credentials', code: 'NOT_FOR_PAPER', message: 'A paper account needs no credentials.' });
    const wrong = paperSettingsProblem(settings);
    if (wrong !== null) mistakes.push({ pointer: '/settings', code: 'PAPER_SETTINGS', message: wrong });
    return mistakes;
  }
  if (market === null) mistakes.push({ pointer: '/market', code: 'REQUIRED', message: 'Must be "spot" or "swap".' });
  if (!credentials) mistakes.push({ pointer: '/credentials', code: 'REQUIRED', message: 'An exchange account needs its API credentials.' });
  if (Object.keys(settings).some((name) => !EXCHANGE_SETTINGS.includes(name)))
    mistakes.push({
      pointer: '/settings',
      code: 'PAPER_ONLY',
      message: `Only paper accounts have settings other than ${EXCHANGE_SETTINGS.map((name) => `"${name}"`).join(', ')}.`,
    });
  return mistakes;
}

function accountView({ people }: ApiDeps, account: Account) {
  const { id, name, venue, market, sandbox, settings, ownerId, enabled } = account;
  const owner = ownerId === null ? null : (people.userById(ownerId)?.email ?? ownerId);
  const hasCredentials = account.sealedCredentials !== null;
  return {
    id,
    name,
    venue,
    market,
    sandbox,
    hasCredentials,
    settings,
    owner,
    enabled,
    createdAt: new Date(account.createdAt).toISOString(),
  };
}
