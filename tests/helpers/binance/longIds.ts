import type { Params } from './spotRequests.ts';

/** What a short id gets in front, so that no double can hold it: real ones are near. */
const HEAD = '90071992547';
const ID_FIELDS = /"(orderId|id|tradeId|actualOrderId)":"?(\d{7})"?/g;

/** The same answer with ids beyond 2^53, as the digits they are. */
export function withLongIds(text: string): string {
  return text.replace(ID_FIELDS, (_, name: string, short: string) =>
    name === 'actualOrderId' ? `"${name}":"${HEAD}${short}"` : `"${name}":${HEAD}${short}`,
  );
}

/** A request that names one of them, as the book knows it. */
export function withShortIds(params: Params): Params {
  const short = (value: string | undefined): string | undefined => (value?.startsWith(HEAD) ? value.slice(HEAD.length) : value);
  const named = { orderId: short(params.orderId), fromId: short(params.fromId) };
  return {
    ...params,
    ...Object.fromEntries(Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
  };
}
