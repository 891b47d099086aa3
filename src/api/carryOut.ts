import type { DedupeKey } from '../commandlog/commandLog.ts';
import type { CommandBody } from '../domain/signal/command.ts';
import { sha256Hex } from '../lib/hash.ts';
import type { Submit, Submitted } from './commandClient.ts';
import { actorOf } from './identity.ts';
import { type Problem, problem } from './problem.ts';
import { type Answer, answer, type Caller } from './route.ts';

const DAY_MS = 86_400_000;

export interface Done {
  readonly commandId: string;
  readonly status: number;
  readonly body: unknown;
  /** The answer is that of an earlier request with the same key. */
  readonly duplicate: boolean;
}

/** A key the body itself holds; the header Idempotency-Key goes before it. */
export interface OwnKey {
  readonly key: string;
  /** Of what was asked: the same key for something else is a mistake. */
  readonly fingerprint: string;
}

/** Submits the command for the caller; what the leader granted goes to `then`, everything else becomes a problem. */
export async function carryOut(
  submit: Submit,
  caller: Caller,
  body: CommandBody,
  then: (done: Done) => Promise<Answer | Problem>,
  ownKey: OwnKey | null = null,
): Promise<Answer | Problem> {
  const dedupe = dedupeKey(caller, ownKey);
  const submitted = await submit(body, actorOf(caller.identity, caller.address), { correlationId: caller.requestId, dedupe });
  if (submitted.kind !== 'reply') return notCarriedOut(submitted);
  const { commandId, duplicate, reply } = submitted;
  if (reply.status >= 400) return refusedByLeader(reply.status, reply.body, commandId);
  if (reply.status === 202) return answer(202, reply.body); // Waits for a second admin.
  return then({ commandId, duplicate, status: reply.status, body: reply.body });
}

/** Keys count per caller, so that nobody can meet another's. */
function dedupeKey({ identity, idempotencyKey, fingerprint }: Caller, ownKey: OwnKey | null): DedupeKey | null {
  if (idempotencyKey === null && ownKey === null) return null;
  const scope = idempotencyKey === null ? `own\0${ownKey?.key}` : `header\0${idempotencyKey}`;
  const content = idempotencyKey === null ? (ownKey?.fingerprint ?? '') : fingerprint;
  return { key: `api:${sha256Hex(`${identity.name}\0${scope}`)}`, ttlMs: DAY_MS, contentHash: sha256Hex(content) };
}

function notCarriedOut(submitted: Exclude<Submitted, { kind: 'reply' }>): Problem {
  const retry = { headers: { 'Retry-After': '1' } };
  switch (submitted.kind) {
    case 'unavailable':
      return problem('COMMAND_NOT_STORED', undefined, retry);
    case 'busy':
      return problem('BUSY', undefined, retry);
    case 'conflict':
      return problem('IDEMPOTENCY_KEY_REUSED', undefined, { more: { commandId: submitted.commandId } });
    case 'timeout': {
      const url = `/api/v1/commands/${submitted.commandId}`;
      return problem('COMMAND_PENDING', `The command is stored and will be carried out; ask ${url} for its answer.`, {
        more: { commandId: submitted.commandId, url },
        headers: { Location: url },
      });
    }
  }
}

/** The leader's "no" as a problem: its `code` and `message`, and whatever else it said. */
function refusedByLeader(status: number, body: unknown, commandId: string): Problem {
  const said: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : {};
  const { code, message, detail, status: _status, ...more } = said;
  return {
    kind: 'problem',
    status,
    code: typeof code === 'string' ? code : 'REFUSED',
    detail: typeof message === 'string' ? message : typeof detail === 'string' ? detail : 'The leader refused the command.',
    more: { ...more, commandId },
  };
}
