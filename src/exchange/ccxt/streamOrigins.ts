/**
 * The addresses of a venue's streams, where they really go. Null when some of its requests are redirected and the streams are not: then
 * they would speak to the real venue while orders go elsewhere.
 */
export function redirectStreams(urls: unknown, origins: Readonly<Record<string, string>>, hostname = ''): unknown {
  if (Object.keys(origins).length === 0) return urls;
  const reached = Object.keys(origins).some((origin) => origin === '*' || /^wss?:/.test(origin));
  return reached ? redirectAll(urls, origins, hostname) : null;
}

/** `{hostname}` is how ccxt writes the part of an address that the user may set. */
function redirectAll(urls: unknown, origins: Readonly<Record<string, string>>, hostname: string): unknown {
  if (typeof urls === 'string') return /^wss?:/.test(urls) ? redirect(urls.replaceAll('{hostname}', hostname), origins) : urls;
  if (typeof urls !== 'object' || urls === null) return urls;
  return Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, redirectAll(url, origins, hostname)]));
}

/** A stream that nothing is said about goes nowhere: port 9 of this machine discards. */
const NOWHERE = 'ws://127.0.0.1:9';

function redirect(url: string, origins: Readonly<Record<string, string>>): string {
  const { protocol, host, pathname, search } = new URL(url);
  const target = origins[`${protocol}//${host}`] ?? origins['*'] ?? NOWHERE;
  return `${target.replace(/^http/, 'ws').replace(/\/$/, '')}${pathname}${search}`;
}
