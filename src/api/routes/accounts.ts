import type { Account } from '../../domain/portfolio/account.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import { findAccount } from '../lookup.ts';
import { pageAnswer, pageOf } from '../paging.ts';
import { invalid, type Mistake, notFound, type Problem, problem } from '../problem.ts';
import { type Answer, answer, defineRoute, type Input, ok, type Route } from '../route.ts';
import * as accounts from '../schemas/account.ts';
import { listOf, NoQuery, pageQuery } from '../schemas/common.ts';

const tag = 'accounts';
const path = '/api/v1/accounts';

export function accountRoutes(deps: ApiDeps): Route[] {
  const { readModel, submit } = deps;
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'viewer',
      tag,
      summary: 'All accounts',
      query: pageQuery({}),
      answers: { 200: { description: 'Accounts', schema: listOf(accounts.Account) } },
      handle: async ({ query }) => pageAnswer(readModel.accounts().then((all) => pageOf(all.map(accountView), query))),
    }),
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
      method: 'get',
      path: `${path}/:id`,
      role: 'viewer',
      tag,
      summary: 'One account, by id or name',
      answers: { 200: { description: 'The account', schema: accounts.Account } },
      handle: async ({ param }) => withAccount(deps, param('id'), async (account) => ok(accountView(account))),
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
        withAccount(deps, input.param('id'), (account) =>
          carryOut(submit, input, { kind: 'account.remove', accountId: account.id }, async () => answer(204)),
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
        withAccount(deps, input.param('id'), (account) =>
          carryOut(submit, input, { kind: 'account.test', accountId: account.id }, async ({ body }) => ok(body)),
        ),
    }),
  ];
}

async function withAccount(
  { readModel }: ApiDeps,
  idOrName: string,
  then: (account: Account) => Promise<Answer | Problem>,
): Promise<Answer | Problem> {
  const account = await findAccount(readModel, idOrName);
  return account ? then(account) : notFound(`account "${idOrName}"`);
}

async function createAccount(deps: ApiDeps, input: Input<unknown, accounts.NewAccount>): Promise<Answer | Problem> {
  const { body } = input;
  const mistakes = accountMistakes(body, deps);
  if (mistakes.length > 0) return invalid(mistakes);
  const taken = await findAccount(deps.readModel, body.name);
  if (taken && input.idempotencyKey === null) return problem('NAME_TAKEN', `There is an account "${body.name}" already.`);
  const id = deps.newId();
  const { name, venue, market, sandbox, settings, credentials } = body;
  const sealedCredentials = credentials === null ? null : deps.box.seal(JSON.stringify(credentials), id);
  const account: Account = { id, name, venue, market, sandbox, settings, sealedCredentials, createdAt: deps.clock.now() };
  return carryOut(deps.submit, input, { kind: 'account.create', account }, async ({ duplicate }) => {
    const stored = duplicate ? await findAccount(deps.readModel, name) : account;
    return stored
      ? answer(201, accountView(stored))
      : problem('ALREADY_CREATED', `Account "${name}" was created and has since been removed.`);
  });
}

function accountMistakes(account: accounts.NewAccount, { venues, paperSettingsProblem }: ApiDeps): Mistake[] {
  const { venue, market, credentials, settings } = account;
  const mistakes: Mistake[] = [];
  if (!venues.includes(venue))
    mistakes.push({ pointer: '/venue', code: 'VENUE_UNKNOWN', message: `No venue "${venue}"; known: ${venues.join(', ')}.` });
  if (venue === 'paper') {
    if (credentials) mistakes.push({ pointer: '/credentials', code: 'NOT_FOR_PAPER', message: 'A paper account needs no credentials.' });
    const wrong = paperSettingsProblem(settings);
    if (wrong !== null) mistakes.push({ pointer: '/settings', code: 'PAPER_SETTINGS', message: wrong });
    return mistakes;
  }
  if (market === null) mistakes.push({ pointer: '/market', code: 'REQUIRED', message: 'Must be "spot" or "swap".' });
  if (!credentials) mistakes.push({ pointer: '/credentials', code: 'REQUIRED', message: 'An exchange account needs its API credentials.' });
  if (Object.keys(settings).length > 0)
    mistakes.push({ pointer: '/settings', code: 'PAPER_ONLY', message: 'Only paper accounts have settings.' });
  return mistakes;
}

function accountView(account: Account) {
  const { id, name, venue, market, sandbox, settings } = account;
  const hasCredentials = account.sealedCredentials !== null;
  return { id, name, venue, market, sandbox, hasCredentials, settings, createdAt: new Date(account.createdAt).toISOString() };
}
