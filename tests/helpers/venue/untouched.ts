import { loadExchangeClass } from '../../../src/exchange/ccxt/loadCcxt.ts';
import type { VenueKind, VenueServer } from './bench.ts';

type Call = (method: string, ...given: unknown[]) => Promise<unknown>;

/** ccxt as it comes, with nothing of ours but where it goes. */
export async function untouched(
  kind: VenueKind,
  options: object,
): Promise<{ call: Call; server: VenueServer; close: () => Promise<void> }> {
  const server = await kind.start();
  const Exchange = (await loadExchangeClass(kind.account.venue)) as unknown as new (
    options: object,
  ) => Record<string, (...given: unknown[]) => Promise<unknown>>;
  const exchange = new Exchange({ ...server.credentials, enableRateLimit: false, options });
  Object.assign(exchange, {
    fetchImplementation: (url: string, init: RequestInit) => fetch(url.replace(/^https:\/\/[^/]+/, server.origin), init),
  });
  Object.assign(exchange.has ?? {}, { fetchCurrencies: false });
  const call: Call = (method, ...given) => {
    const run = exchange[method];
    if (!run) throw new Error(`ccxt has no ${method}`);
    return run.apply(exchange, given);
  };
  return { call, server, close: () => server.close() };
}
