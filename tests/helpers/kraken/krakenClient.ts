import { createHash, createHmac } from 'node:crypto';
import type { KrakenServer } from './krakenServer.ts';

export interface KrakenReply {
  readonly error: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: whatever the endpoint answers; a test says what it expects of it.
  readonly result: any;
}

/** Raw requests to the server, signed as Kraken's documentation says, numbered upwards. */
export function krakenClient({ origin, credentials }: Pick<KrakenServer, 'origin' | 'credentials'>) {
  let last = Date.now() * 1000;
  const privately = async (method: string, params: Readonly<Record<string, string>> = {}, nonce = String(++last)): Promise<KrakenReply> => {
    const path = `/0/private/${method}`;
    const body = new URLSearchParams({ nonce, ...params }).toString();
    const digest = createHash('sha256')
      .update(nonce + body)
      .digest();
    const sign = createHmac('sha512', Buffer.from(credentials.secret, 'base64')).update(path).update(digest).digest('base64');
    const headers = { 'api-key': credentials.apiKey, 'api-sign': sign, 'content-type': 'application/x-www-form-urlencoded' };
    return (await (await fetch(`${origin}${path}`, { method: 'POST', headers, body })).json()) as KrakenReply;
  };
  const publicly = async (method: string, params: Readonly<Record<string, string>> = {}): Promise<KrakenReply> =>
    (await (await fetch(`${origin}/0/public/${method}?${new URLSearchParams(params)}`)).json()) as KrakenReply;
  return { privately, publicly };
}
