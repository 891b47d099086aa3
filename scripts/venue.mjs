// An exchange to play with, without keys and without money: npm run venue -- binance; --help tells the rest.
// The protocol servers of the tests, whose prices walk a little every second unless --still. What is ordered there is matched there.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Decimal, roundToStep } from '../src/domain/money.ts';
import { newSecret, startCoinbaseServer } from '../tests/helpers/coinbase/coinbaseServer.ts';
import { VENUE_KINDS } from '../tests/helpers/venue/kinds.ts';
import { root, runMain, ScriptError } from './lib/process.mjs';

const WALK_EVERY_MS = 1_000;
/** Furthest a price moves at once, as a share of itself. */
const WALK = 0.0005;

const NAMES = [...new Set(VENUE_KINDS.map(({ account }) => account.venue))];
const USAGE = `npm run venue -- ${NAMES.join('|')} [--market spot|swap] [--port 9100] [--data .data] [--still]
  --market  which of its markets, where one address serves several
  --port    the first port it listens on
  --data    where the file for CCXT_CONFIG goes
  --still   prices stay where they are
`;

await runMain('venue', async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      market: { type: 'string' },
      port: { type: 'string', default: '9100' },
      data: { type: 'string', default: '.data' },
      still: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(USAGE);
  const ofVenue = VENUE_KINDS.filter(({ account: { venue, market } }) => venue === positionals[0] && market === (values.market ?? market));
  // Where one address serves all markets, one of them is played: the first, or the one asked for.
  const kinds = ofVenue.filter(({ origin }, index) => ofVenue.findIndex((kind) => kind.origin === origin) === index);
  if (kinds.length === 0) throw new ScriptError(`which venue, and which market?\n${USAGE}`);
  const data = resolve(root, values.data);
  mkdirSync(data, { recursive: true });
  const served = await Promise.all(
    kinds.map(async (kind, index) => ({ kind, server: await start(kind, Number(values.port) + index, data) })),
  );
  const config = join(data, `venue-${positionals[0]}.json`);
  const origins = Object.fromEntries(
    served.flatMap(({ kind, server }) => [kind.origin, ...(kind.streamOrigins ?? [])].map((origin) => [origin, server.origin])),
  );
  writeFileSync(config, `${JSON.stringify({ [positionals[0]]: { origins } }, null, 2)}\n`);
  const unserved = ofVenue.filter(({ origin, account }) =>
    kinds.every((kind) => kind.origin !== origin || kind.account.market !== account.market),
  );
  process.stdout.write(instructions(served, relative(process.cwd(), config), unserved[0]?.account.market));
  const walking = values.still ? null : setInterval(() => walkAll(served), WALK_EVERY_MS);
  await new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, done);
  });
  clearInterval(walking);
  await Promise.all(served.map(({ server }) => server.close()));
});

/** Coinbase's key is kept, so that an account added once goes on working. */
async function start(kind, port, data) {
  if (kind.account.venue !== 'coinbase') return kind.start({ port });
  const file = join(data, 'venue-coinbase.pem');
  if (!existsSync(file)) writeFileSync(file, newSecret(), { mode: 0o600 });
  return startCoinbaseServer({ port, secret: readFileSync(file, 'utf8') });
}

function walkAll(served) {
  for (const { server } of served) walk(server.book);
}

function walk(book) {
  for (const { symbol, tickSize } of book.symbols) {
    const step = new Decimal(1).plus((Math.random() * 2 - 1) * WALK);
    book.setPrice(symbol, roundToStep(book.market(symbol).price.mul(step), new Decimal(tickSize)).toFixed());
  }
}

function instructions(served, config, otherMarket) {
  const [{ kind, server }] = served;
  const { venue } = kind.account;
  const lines = served.map(
    (one) => `  ${one.kind.title.padEnd(24)} ${one.server.origin}  ${one.server.book.symbols.map(({ symbol }) => symbol).join(' ')}`,
  );
  return `${venue}, played by this process until Ctrl-C. No order leaves this machine.
${lines.join('\n')}
${otherMarket === undefined ? '' : `  The other market: npm run venue -- ${venue} --market ${otherMarket}\n`}
1. Start Signalman so that it finds it (the file holds the redirection, "origins"):
   CCXT_CONFIG=${config} npm start

2. Add an account, with the keys this server knows:
   echo '${JSON.stringify(server.credentials)}' \\
     | npx signalman account add play --venue ${venue} --market ${kind.account.market} --credentials-stdin
   npx signalman account test play

3. Make a hook and send an alert:
   npx signalman hook create play --account play
   npx signalman send <hook URL> --action buy --symbol ${kind.symbol} --quantity 0.01
`;
}
