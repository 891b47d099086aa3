import { totpCode } from '../../src/ops/totp.ts';
import { type Answer, send } from './instance.ts';

/** A browser as far as the API can tell: it keeps cookies, and its page knows the CSRF token. */
export interface BrowserTab {
  readonly answer: Answer;
  /** What a page sends along: cookies by themselves, the CSRF token because it knows how. */
  readonly headers: Record<string, string>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>, url?: string): Promise<Answer>;
}

export async function signIn(
  url: string,
  credentials: { readonly email: string; readonly password: string; readonly totp?: string },
  headers: Record<string, string> = {},
): Promise<BrowserTab> {
  const answer = await send(`${url}/api/v1/session`, 'POST', credentials, headers);
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const page = { cookie, 'x-csrf-token': String(answer.body.csrfToken ?? '') };
  return {
    answer,
    headers: page,
    call: (method, path, body, more = {}, at = url) => send(at + path, method, body, { ...page, ...more }),
  };
}

/** Sets up a second factor for whoever is signed in; returns the secret and the recovery codes. */
export async function enrol(tab: BrowserTab, nowMs = Date.now()): Promise<{ secret: string; recoveryCodes: string[] }> {
  const begun = await tab.call('POST', '/api/v1/me/totp', {});
  const secret = String(begun.body.secret);
  const confirmed = await tab.call('POST', '/api/v1/me/totp/confirm', { totp: totpCode(secret, nowMs) });
  if (confirmed.status !== 200) throw new Error(`not enrolled: ${begun.text} ${confirmed.text}`);
  return { secret, recoveryCodes: confirmed.body.recoveryCodes as string[] };
}
