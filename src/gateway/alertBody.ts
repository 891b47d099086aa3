import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { HookRequest } from './hookRequest.ts';
import type { Refusal } from './refusals.ts';

/** PRODUCT: 64 KiB at most. */
export const BODY_LIMIT_BYTES = 64 * 1024;

export type AlertBody =
  | { readonly ok: true; readonly text: string; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly refusal: Refusal };

/** The body as text and as the bytes that came, or why it is no text. Looks at the headers first: what they rule out is never read. */
export async function receiveBody(request: HookRequest): Promise<AlertBody> {
  const refusal = refuseByHeaders(request.headers);
  if (refusal) return { ok: false, refusal };
  const read = await request.readBody(BODY_LIMIT_BYTES);
  if (!read.ok) return { ok: false, refusal: { code: read.code } };
  if (!isUtf8(read.bytes)) return { ok: false, refusal: { code: 'BODY_NOT_UTF8' } };
  return { ok: true, text: withoutBom(read.bytes.toString('utf8')), bytes: read.bytes };
}

function refuseByHeaders(headers: IncomingHttpHeaders): Refusal | undefined {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') return { code: 'ENCODING_UNSUPPORTED' };
  const contentType = headers['content-type'];
  // TradingView and curl send the two plain forms; both are answered without looking further.
  if (contentType === undefined || contentType === 'application/json' || contentType === 'text/plain') return undefined;
  const [mediaType = '', ...parameters] = contentType.toLowerCase().split(';');
  if (!isJsonOrText(mediaType.trim())) return { code: 'MEDIA_TYPE_UNSUPPORTED' };
  return parameters.every(isKnownCharset) ? undefined : { code: 'CHARSET_UNSUPPORTED' };
}

function isJsonOrText(mediaType: string): boolean {
  return mediaType === '' || mediaType.startsWith('text/') || /^application\/([\w.-]+\+)?json$/.test(mediaType);
}

function isKnownCharset(parameter: string): boolean {
  const [name = '', value = ''] = parameter.trim().split('=');
  return name.trim() !== 'charset' || ['utf-8', 'utf8', 'us-ascii'].includes(value.trim().replace(/^"(.*)"$/, '$1'));
}

function withoutBom(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
