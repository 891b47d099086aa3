import { expect, it } from 'vitest';
import { totpCode } from '../../src/ops/totp.ts';
import { created, openCluster } from '../helpers/cluster.ts';
import { type Instance, send } from '../helpers/instance.ts';
import { enrol, signIn } from '../helpers/signIn.ts';
import { until } from '../helpers/until.ts';

const STEP_MS = 30_000;

/** Every instance answers so within a second. */
function everywhere(instances: readonly Instance[], status: number, headers: Record<string, string>): Promise<unknown> {
  return Promise.all(
    instances.map((instance) =>
      until(async () => (await send(`${instance.url}/api/v1/session`, 'GET', undefined, headers)).status === status, {
        what: `${status} from ${instance.url}`,
        timeoutMs: 1_000,
        everyMs: 25,
      }),
    ),
  );
}

it('what one instance lets in, all let in at once, and nobody a second after it ended', async () => {
  const { instances } = await openCluster({ names: ['a', 'b'], bare: true });
  const [a, b] = instances as [Instance, Instance];
  const { password } = await created(a, '/api/v1/users', { email: 'ann@example.com', role: 'trader' });
  const ann = { email: 'ann@example.com', password: String(password) };

  const onA = await signIn(a.url, ann);
  expect((await onA.call('GET', '/api/v1/session', undefined, {}, b.url)).status, 'the very next request, elsewhere').toBe(200);
  const { token, id } = (await onA.call('POST', '/api/v1/tokens', { name: 'bot', scopes: ['trade'] }, {}, b.url)).body;
  const bearer = { authorization: `Bearer ${String(token)}` };
  expect((await send(`${a.url}/api/v1/session`, 'GET', undefined, bearer)).status).toBe(200);

  expect((await onA.call('DELETE', `/api/v1/tokens/${String(id)}`)).status).toBe(204);
  await everywhere(instances, 401, bearer);
  const onB = await signIn(b.url, ann);
  expect((await onB.call('DELETE', '/api/v1/session')).status).toBe(204);
  await everywhere(instances, 401, onB.headers);
  await everywhere(instances, 200, onA.headers);
  expect((await a.call('DELETE', '/api/v1/users/ann@example.com')).status).toBe(204);
  await everywhere(instances, 401, onA.headers);
});

it('a code shown to two instances at the same time lets in once', async () => {
  const { instances } = await openCluster({ names: ['a', 'b'], bare: true });
  const [a, b] = instances as [Instance, Instance];
  const { password } = await created(a, '/api/v1/users', { email: 'ann@example.com', role: 'admin' });
  const ann = { email: 'ann@example.com', password: String(password) };
  const { secret } = await enrol(await signIn(a.url, ann));
  // The next step's code counts already; this one was used up by the enrolment.
  const totp = totpCode(secret, Date.now() + STEP_MS);
  const tries = await Promise.all([a, b, a, b].map(({ url }) => signIn(url, { ...ann, totp })));
  expect(tries.map(({ answer }) => answer.status).sort()).toEqual([201, 401, 401, 401]);
  expect((await signIn(b.url, { ...ann, totp })).answer.status, 'afterwards').toBe(401);
});
