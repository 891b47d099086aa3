import { sha256Hex } from '../../lib/hash.ts';

export type CookieName = 'session' | 'device';

const NAMES = { session: 'signalman', device: 'signalman-device' } as const;
/** Longer than any of ours; bounds what a stranger makes us read. */
const VALUE_LENGTH_MAX = 1_000;

/**
 * Over TLS cookies have the `__Host-` prefix (RFC 6265bis §4.1.3.2): no other host and no plain-HTTP page can set or replace
 * them. On plain HTTP, which is for loopback, browsers would drop such cookies, so they go without it and without `Secure`.
 */
function nameOf(cookie: CookieName, secure: boolean): string {
  return `${secure ? '__Host-' : ''}${NAMES[cookie]}`;
}

/** The value of one of our cookies in a `Cookie` header, null without it. */
export function readCookie(header: string | undefined, cookie: CookieName, secure: boolean): string | null {
  const prefix = `${nameOf(cookie, secure)}=`;
  const found = header?.split(';').find((pair) => pair.trimStart().startsWith(prefix));
  const value = found?.trim().slice(prefix.length) ?? '';
  return value === '' || value.length > VALUE_LENGTH_MAX ? null : value;
}

/** A `Set-Cookie` value; null takes the cookie away. Scripts never see it, and other sites never make a browser send it. */
export function setCookie(cookie: CookieName, value: string | null, maxAgeSec: number, secure: boolean): string {
  const age = value === null ? 0 : Math.floor(maxAgeSec);
  return `${nameOf(cookie, secure)}=${value ?? ''}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}

/** What a page must send along as `X-CSRF-Token`: known to who may read `GET /session`, and to nobody else. */
export function csrfTokenOf(sessionToken: string): string {
  return sha256Hex(`csrf\0${sessionToken}`).slice(0, 43);
}
