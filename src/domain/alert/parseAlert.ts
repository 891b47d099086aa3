import { sha256Hex } from '../../lib/hash.ts';
import type { Alert, AlertParse } from './alert.ts';
import { canonicalAlert } from './canonicalAlert.ts';
import { checkRules } from './fieldRules.ts';
import { Mistakes } from './mistakes.ts';
import type { RawBody, RawMember } from './rawValue.ts';
import { type Draft, emptyDraft, readField } from './readFields.ts';
import { readJson } from './readJson.ts';
import { readScalar } from './readScalar.ts';
import { readText } from './readText.ts';

/** Bodies are at most 64 KiB (docs/security.md); UTF-16 units are never more than UTF-8 bytes. */
const BODY_MAX = 65_536;
const SECRET_MAX = 256;

/** A stored payload that no longer reads: a bug or a damaged row, never a sender's mistake. */
export class StoredAlertError extends Error {
  override readonly name = 'StoredAlertError';
}

/**
 * Reads one alert: a JSON object (docs/alerts.md) or one line of text, told apart by the body itself, because TradingView
 * sends broken JSON as text/plain. Reports every mistake it finds; never throws. `secret` comes back apart (also from a
 * body with mistakes, so that its sender can be known) and is in no other part of the answer. `payload` is canonical JSON
 * that `parseStoredAlert` reads back to the same alert; `fingerprint` is its SHA-256, the same for any order of keys and
 * any way of writing the same number.
 */
export function parseAlert(rawBody: string): AlertParse {
  const mistakes = new Mistakes();
  const body = readBody(rawBody, mistakes);
  const secret = takeSecret(body, rawBody, mistakes);
  mistakes.secret = secret;
  const draft = readMembers(body, mistakes);
  if (mistakes.list.length > 0 || !isWhole(draft)) return { ok: false, secret, mistakes: mistakes.list };
  const payload = canonicalAlert(draft);
  return { ok: true, alert: draft, secret, fingerprint: sha256Hex(payload), payload };
}

/** Reads a payload made by `parseAlert` back to its alert. Throws `StoredAlertError` for anything else. */
export function parseStoredAlert(payload: string): Alert {
  const mistakes = new Mistakes();
  const draft = readMembers(readBody(payload, mistakes), mistakes);
  if (mistakes.list.length === 0 && isWhole(draft)) return draft;
  const [first] = mistakes.list;
  throw new StoredAlertError(`A stored alert cannot be read: ${first?.pointer ?? ''} ${first?.message ?? ''}`);
}

/** The members of the body, whichever of the two forms it has. */
export function readBody(rawBody: string, mistakes: Mistakes): RawBody {
  const nothing: RawBody = { members: [], complete: false };
  if (rawBody.length > BODY_MAX) {
    mistakes.add('', 'BODY_TOO_LARGE', `The body is longer than ${BODY_MAX} characters.`);
    return nothing;
  }
  const text = bodyText(rawBody);
  if (text === '') {
    mistakes.add('', 'BODY_EMPTY', "The body is empty: the alert's message box, or the placeholder it consists of, was empty.");
    return nothing;
  }
  // An unresolved placeholder in place of the whole message, or of a text alert's action.
  if (/^\{\{\s*\w/.test(text)) return readText(text, mistakes);
  if (text.startsWith('{')) return readJson(text, mistakes);
  if (/^(?:\[|"|'|\u201c|(?:null|true|false|-?\d+(?:\.\d+)?)$)/.test(text)) {
    const hint = /^["'\u201c]\w+["'\u201d]\s*:/.test(text) ? ' The braces around the JSON are missing.' : '';
    mistakes.add('', 'NOT_AN_OBJECT', `The body is not a JSON object; an alert is one, {"action":…}, or one line of text.${hint}`);
    return nothing;
  }
  return readText(text, mistakes);
}

/** The body without surrounding white space and byte order mark: what the spans of its members count from. */
export function bodyText(rawBody: string): string {
  return rawBody.trim();
}

function readMembers(body: RawBody, mistakes: Mistakes): Draft {
  const draft = emptyDraft();
  const given = new Set<string>();
  const broken = new Set<string>();
  const place = { pointer: '', mistakes };
  for (const member of body.members) {
    if (member.key === 'secret') continue;
    const before = mistakes.list.length;
    readField(member, draft, place);
    given.add(member.key);
    if (mistakes.list.length > before || member.value.kind === 'broken') broken.add(member.key);
  }
  if (body.complete || body.members.length > 0) checkRules({ draft, given, broken, complete: body.complete }, mistakes);
  return draft;
}

function isWhole(draft: Draft): draft is Draft & Alert {
  return draft.action !== null && draft.symbol !== null;
}

/** The secret, wherever reading stopped: its sender deserves the list of mistakes rather than a 401. */
function takeSecret(body: RawBody, rawBody: string, mistakes: Mistakes): string | null {
  const member = body.members.find((candidate) => candidate.key === 'secret');
  if (member) return readSecret(member, mistakes);
  if (body.complete || rawBody.length > BODY_MAX) return null;
  const salvaged = /["']?\bsecret["']?\s*[:=]\s*(?:"([^"\\]{1,256})"|([^\s"',}]{1,256}))/.exec(rawBody);
  return salvaged?.[1] ?? salvaged?.[2] ?? null;
}

function readSecret(member: RawMember, mistakes: Mistakes): string | null {
  const { value } = member;
  if (value.kind === 'string' || value.kind === 'number') mistakes.secret = value.text.trim();
  const secret = readScalar(value, SECRET_MAX, { pointer: '/secret', mistakes });
  if (secret !== '') return secret ?? null;
  mistakes.add('/secret', 'VALUE_MISSING', 'The secret is empty.');
  return null;
}
