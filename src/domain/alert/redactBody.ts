import { Mistakes, printable } from './mistakes.ts';
import { nearestNames } from './nearestName.ts';
import { bodyText, parseAlert, readBody } from './parseAlert.ts';

const EXCERPT_MAX = 200;
/** The pattern below is only ever run over this much. */
const SEARCHED_MAX = 600;
const SECRET_NAMES = ['secret', 'password', 'passphrase', 'passwd', 'token', 'key', 'apiKey', 'apiSecret', 'auth', 'signature'];
/** A name that looks like a secret's, and what follows it up to the next separator. */
const LOOKS_SECRET =
  /(["']?[\w-]*(?:secret|passw|passphrase|token|key|auth|signature)[\w-]*["']?\s*[:=]?\s*)(?:"[^"]*"?|'[^']*'?|[^\s,}]+)/gi;

/**
 * The beginning of a body that could not be understood, for the people who must correct it: printable, short, and without
 * the value of anything that is, or looks like, a secret.
 */
export function redactBody(rawBody: string): string {
  const text = bodyText(rawBody);
  let shown = '';
  let from = 0;
  for (const member of readBody(rawBody, new Mistakes()).members) {
    if (nearestNames(member.key, SECRET_NAMES, 1).length === 0 || member.start < from) continue;
    shown += `${text.slice(from, member.start)}"…"`;
    from = member.end;
  }
  shown += text.slice(from);
  const { secret } = parseAlert(rawBody);
  if (secret) shown = shown.replaceAll(secret, '…');
  return printable(shown.slice(0, SEARCHED_MAX).replace(LOOKS_SECRET, '$1"…"').replace(/\s+/g, ' '), EXCERPT_MAX);
}
