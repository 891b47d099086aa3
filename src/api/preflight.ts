import type { Hook } from '../domain/signal/hook.ts';
import { stillValid } from '../domain/signal/hookProofs.ts';
import { sha256Hex } from '../lib/hash.ts';
import type { ApiDeps } from './deps.ts';
import { explainMessage, type Misunderstood, type Understood } from './explainMessage.ts';
import type { Mistake } from './problem.ts';
import type { HookSample } from './schemas/hook.ts';

/** Whoever saves a hook waits for no venue longer than this, milliseconds. */
const PATIENCE_MS = 5_000;

/** What a hook's message would do: the answer of `/signals/explain`, and what is wrong with the message at this hook. */
export type Preflight = (Understood['view'] | Omit<Misunderstood, 'code'>) & { readonly notes: readonly string[] };

/**
 * Tries the sample a hook was saved with; undefined without one. The hook is saved already and its key is shown this once, so nothing
 * that goes wrong here may keep the answer back.
 */
export async function preflightOf(deps: ApiDeps, hook: Hook, sample: HookSample): Promise<{ readonly preflight?: Preflight }> {
  if (sample.sampleMessage === undefined) return {};
  const message = typeof sample.sampleMessage === 'string' ? sample.sampleMessage : JSON.stringify(sample.sampleMessage);
  const look = explainMessage(deps, { message, symbol: sample.sampleSymbol ?? null, hook }).catch((error: unknown) => {
    deps.logger.warn({ err: error, hook: hook.name }, 'a sample message could not be tried');
    return null;
  });
  const waiting = new AbortController();
  const told = await Promise.race([look, deps.clock.sleep(PATIENCE_MS, waiting.signal).then(() => null)]);
  waiting.abort();
  if (told === null) return { preflight: { understood: false, mistakes: [notTried(hook)], placeholders: [], notes: [] } };
  if (told.understood) return { preflight: { ...told.view, notes: notesOn(deps, hook, message, told) } };
  const { understood, mistakes, placeholders } = told;
  return { preflight: { understood, mistakes, placeholders, notes: [] } };
}

function notTried({ name }: Hook): Mistake {
  const message = `The hook is saved, and the message could not be tried now: POST /api/v1/signals/explain?hook=${name} tries it again.`;
  return { pointer: '', code: 'NOT_TRIED', message };
}

/** What each alert of this message would meet at the hook, whatever the accounts make of it. */
function notesOn({ clock }: ApiDeps, hook: Hook, message: string, { alert, secret }: Understood): readonly string[] {
  const { id, time } = alert;
  const notes = secretNotes(hook, secret, clock.now());
  if (!hook.enabled) notes.push('The hook is switched off: it refuses every alert.');
  if (time !== null && Math.abs(clock.now() - time) > hook.maxAgeSec * 1000)
    notes.push('Its `time` is fixed, so every alert would be refused as too old: write {{timenow}}.');
  if (id !== null && message.includes(id))
    notes.push('Its `id` is fixed: only the first alert would do anything, and for seven days the others count as its repeats.');
  if (hook.approval) notes.push('An entry waits until a person approves it.');
  return notes;
}

/** Never says what the secret is, nor what was given for it. */
function secretNotes({ layers, secretHash, oldSecret }: Hook, given: string | null, now: number): string[] {
  if (!layers.includes('secret')) return [];
  if (given === null) return ['The hook asks for its secret: add "secret" to the message.'];
  const hash = sha256Hex(given);
  const right = hash === secretHash || hash === stillValid(oldSecret, now);
  return right ? [] : ["The secret in the message is not the hook's: every alert would be refused."];
}
