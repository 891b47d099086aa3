// What Signalman is measured against: the least that could take an alert. argv[2] says which.
import { createServer } from 'node:http';
import express from 'express';
import pg from 'pg';
import { cpuMs, serveParent } from './ipc.mjs';

const BASELINES = {
  /** Express 5 that answers 202 to a JSON body. */
  express: async () => {
    const app = express().use(express.json());
    app.post('/alert', (_request, response) => void response.status(202).json({ status: 'accepted' }));
    return createServer(app);
  },

  /** The same with one Postgres insert per request. */
  insert: async () => {
    const store = await openStore();
    const app = express().use(express.json());
    app.post('/alert', async (request, response) => {
      const id = await store(JSON.stringify(request.body));
      response.status(202).json({ id, status: 'accepted' });
    });
    return createServer(app);
  },

  /** ccxt's createOrder from a plain handler that stores nothing. */
  ccxt: () => serveOrders(async () => undefined),

  /** The same, after one insert: the least that could find the order again after a crash. */
  stored: async () => serveOrders(await openStore()),
};

/** A function that inserts a row through a pool, with the statement prepared, and resolves to its id. */
async function openStore() {
  const pool = new pg.Pool({ connectionString: process.env.BENCH_DATABASE_URL, max: 10 });
  await pool.query('CREATE TABLE alerts (id bigserial PRIMARY KEY, body json NOT NULL, received_at timestamptz NOT NULL DEFAULT now())');
  return async (body) => {
    const { rows } = await pool.query({ name: 'insert', text: 'INSERT INTO alerts (body) VALUES ($1) RETURNING id', values: [body] });
    return rows[0].id;
  };
}

async function serveOrders(store) {
  const exchange = await connectExchange();
  return createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const alert = Buffer.concat(chunks).toString();
    await store(alert);
    const { action, quantity } = JSON.parse(alert);
    const order = await exchange.createOrder('BTC/USDT', 'market', action, quantity);
    const body = JSON.stringify({ id: order.id });
    response.writeHead(202, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
  });
}

async function connectExchange() {
  // One exchange of ccxt and not all of them; its `exports` do not list the file, a file URL reaches it.
  const { default: Exchange } = await import(new URL('./src/binance.js', import.meta.resolve('ccxt')).href);
  const exchange = new Exchange({
    apiKey: process.env.BENCH_API_KEY,
    secret: process.env.BENCH_API_SECRET,
    enableRateLimit: false,
    options: { defaultType: 'spot', fetchCurrencies: false, fetchMarkets: { types: ['spot'] } },
  });
  for (const [name, url] of Object.entries(exchange.urls.api)) {
    if (typeof url === 'string') exchange.urls.api[name] = url.replace(/^https:\/\/[^/]+/, process.env.BENCH_VENUE);
  }
  await exchange.loadMarkets();
  return exchange;
}

const server = await BASELINES[process.argv[2]]();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
serveParent({ port: () => server.address().port, cpuMs });
