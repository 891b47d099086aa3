// The exchange: the server of tests/helpers/binance in a process of its own, which says when each order's request arrived.
import { startBinanceServer } from '../../../tests/helpers/binance/binanceServer.ts';
import { machineMs } from '../clock.mjs';
import { serveParent } from './ipc.mjs';

const server = await startBinanceServer();
const sincePerformanceZero = machineMs() - performance.now();

serveParent({
  address: () => ({ origin: server.origin, ...server.credentials }),
  /** When the request of each order arrived, by its quantity, which the bench makes unique. */
  arrivals: () =>
    Object.fromEntries(
      server.requestsTo('POST /api/v3/order').map(({ at, params }) => [Number(params.quantity), sincePerformanceZero + at]),
    ),
});
