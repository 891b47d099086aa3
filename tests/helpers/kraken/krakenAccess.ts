import { createHash, createHmac } from 'node:crypto';
import type { SentRequest } from '../venue/protocolServer.ts';
import type { KrakenContext, Params } from './krakenContext.ts';
import type { Endpoint } from './krakenEndpoints.ts';
import { KrakenError } from './krakenError.ts';

/** A form, or JSON, whichever was sent: as text. */
export function readParams({ body, params }: SentRequest): Params {
  if (!body.startsWith('{')) return params;
  return Object.fromEntries(Object.entries(JSON.parse(body) as Record<string, unknown>).map(([name, value]) => [name, String(value)]));
}

/** docs, "Authentication": base64 of HMAC-SHA512(path + SHA256(nonce + body)); then the nonce, then the rights of the key. */
export function checkAccess(context: KrakenContext, secret: string, endpoint: Endpoint, sent: SentRequest, params: Params): void {
  context.limits.noteKey(sent.headers['api-key'] === context.apiKey);
  const digest = createHash('sha256')
    .update(`${params.nonce ?? ''}${sent.body}`)
    .digest();
  const expected = createHmac('sha512', Buffer.from(secret, 'base64')).update(sent.path).update(digest).digest('base64');
  if (sent.headers['api-sign'] !== expected) throw new KrakenError('EAPI:Invalid signature');
  takeNonce(context, params.nonce ?? '');
  const { permissions, validUntil } = context.account;
  if (validUntil !== 0 && validUntil * 1000 < context.now()) throw new KrakenError('EAPI:Invalid key');
  const rights = endpoint.rights ?? [];
  if (rights.length > 0 && !rights.some((right) => permissions.includes(right))) throw new KrakenError('EGeneral:Permission denied');
}

/** Above the last one, or within the window of the key and not used before. */
function takeNonce({ nonces, account }: KrakenContext, text: string): void {
  if (!/^\d{1,20}$/.test(text)) throw new KrakenError('EAPI:Invalid nonce');
  const nonce = BigInt(text);
  const early = nonce <= nonces.last;
  if (early && (nonces.used.has(nonce) || nonce <= nonces.last - BigInt(account.nonceWindow))) throw new KrakenError('EAPI:Invalid nonce');
  if (account.nonceWindow > 0) nonces.used.add(nonce);
  if (!early) nonces.last = nonce;
}
