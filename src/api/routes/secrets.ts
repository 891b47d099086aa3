import type { SealedCount } from '../../ledger/ledger.ts';
import { carryOut } from '../carryOut.ts';
import type { ApiDeps } from '../deps.ts';
import type { Problem } from '../problem.ts';
import { type Answer, type Caller, defineRoute, ok, type Route } from '../route.ts';
import { NoQuery } from '../schemas/common.ts';
import { NewRotation, Rotation, Secrets } from '../schemas/secrets.ts';

const tag = 'secrets';
const path = '/api/v1/secrets';

/** What the leader answers to one batch. */
interface Batch {
  readonly rewrapped: number;
  readonly unreadable: readonly string[];
  readonly next: string | null;
}

export function secretRoutes(deps: ApiDeps): Route[] {
  const { secrets } = deps;
  if (!secrets) return [];
  return [
    defineRoute({
      method: 'get',
      path,
      role: 'admin',
      tag,
      summary: 'Which keys stored secrets are sealed with',
      query: NoQuery,
      answers: { 200: { description: 'Key ids and counts', schema: Secrets } },
      handle: async () => {
        const { keyId, keyIds, source } = secrets;
        const counts = await secrets.counts();
        const records = counts.map((count) => ({ ...count, known: keyIds.includes(count.keyId) }));
        return ok({ keyId, keyIds, source, records, outdated: outdatedOf(counts, keyId) });
      },
    }),
    defineRoute({
      method: 'post',
      path: `${path}/rotate`,
      role: 'admin',
      tag,
      summary: 'Wrap all stored secrets with the key that seals now',
      description: 'Where the key is a file of the instance, a new one is made first, unless an earlier rotation is still to be finished.',
      query: NoQuery,
      body: NewRotation,
      answers: { 200: { description: 'What was done', schema: Rotation } },
      handle: (input) => rotate(deps, secrets, input),
    }),
  ];
}

function outdatedOf(counts: readonly SealedCount[], keyId: string): number {
  return counts.filter((count) => count.keyId !== keyId).reduce((sum, { count }) => sum + count, 0);
}

/** Batch after batch, each a command of its own; cut short at any point, the next call goes on. */
async function rotate(deps: ApiDeps, secrets: NonNullable<ApiDeps['secrets']>, caller: Caller): Promise<Answer | Problem> {
  const newKey = secrets.source === 'file' && outdatedOf(await secrets.counts(), secrets.keyId) === 0;
  if (newKey) secrets.renewKeyFile();
  const { keyId, source } = secrets;
  const unreadable: string[] = [];
  let rewrapped = 0;
  for (let after: string | null = null; ; ) {
    const result: Batch | Problem = await rewrapBatch(deps, caller, keyId, after);
    if ('kind' in result) return result;
    rewrapped += result.rewrapped;
    unreadable.push(...result.unreadable);
    after = result.next;
    if (after === null) break;
  }
  return ok({ keyId, source, newKey, rewrapped, unreadable, outdated: outdatedOf(await secrets.counts(), keyId) });
}

async function rewrapBatch({ submit }: ApiDeps, caller: Caller, toKeyId: string, after: string | null): Promise<Batch | Problem> {
  let batch: Batch | null = null;
  // Every batch is a new command, also when the caller sends an Idempotency-Key: doing one again is harmless.
  const answered = await carryOut(
    submit,
    { ...caller, idempotencyKey: null },
    { kind: 'secrets.rewrap', toKeyId, after },
    async ({ body }) => {
      batch = body as Batch;
      return ok(body);
    },
  );
  if (answered.kind === 'problem') return answered;
  return batch ?? { rewrapped: 0, unreadable: [], next: null };
}
