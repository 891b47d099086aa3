import { DEFAULT_SYMBOLS, manySymbols, startBinanceServer } from './binanceServer.ts';

/** `npx tsx tests/helpers/binance/serve.ts [port] [extra symbols]`: the protocol server on its own, until interrupted. */
const [port = '9100', extra = '0'] = process.argv.slice(2);
const server = await startBinanceServer({ port: Number(port), symbols: [...DEFAULT_SYMBOLS, ...manySymbols(Number(extra))] });
process.stdout.write(`${JSON.stringify({ origin: server.origin, ...server.credentials })}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
