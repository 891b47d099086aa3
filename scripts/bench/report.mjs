import { availableParallelism, cpus, totalmem } from 'node:os';
import { figure, ratio, spread, table } from './table.mjs';
import { LEASE_TTL_MS } from './takeover.mjs';

const HEADER = `# Benchmarks

Written by \`npm run bench\`; do not edit. **Ratios count, absolutes do not**: contenders took turns on one machine, where
server, load generator, Postgres and exchange share the cores, here with other work as well.
`;

const READING = `## How to read this

* Figures are the median of the rounds, with the lowest and highest in parentheses. A wide spread means that the machine was busy
  with other things; the ratio of two medians suffers less, as both were measured in turns.
* Every part is real: the built instance as a process of its own, the embedded Postgres with \`fsync\` on, ccxt, an HTTP server that
  speaks Binance's protocol in another process, and a load generator in a third. Every alert is a different one, and any answer
  but 202 fails the run.
* *CPU per request* is that of the answering process alone, whatever it does with the alert afterwards included.
* *Done per second* counts until the last alert of the round is carried out, not only answered.
* An alert is answered when it is stored for good. Bare Express answers without storing anything, so the fair comparison is the one
  with an insert per request.
* What separates an order from a bare \`createOrder\` is what makes it safe: the alert is on disk before it is answered, and the
  intent is on disk before the exchange hears of it. That is two waits for the disk and four changes between processes, and on a
  busy machine the latter cost most. The contender with one insert has half of that, and no plan, risk check or deduplication.
* Paper orders in memory show what engine and paper venue cost by themselves; with Postgres two processes share the cores, and
  *CPU* is that of the engine's.
* The last memory figure follows tens of thousands of alerts within minutes. Most of it is garbage: Node collects late while the
  machine has memory to spare.

## How to run it again

\`\`\`
npm run bench               # about twelve minutes
npm run bench -- --quick    # about two, with fewer rounds
npm run bench -- takeover   # one part, printed only: start, answers, venue, orders, paper, cluster, takeover
\`\`\`
`;

function machine({ postgres }) {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `Machine: ${availableParallelism()} cores of ${model}, ${memory}; Node ${process.versions.node}; ${postgres}.`;
}

function answersTable(answers, baseline, stored) {
  const rows = [...answers].map(([name, result]) => [
    name,
    spread(result.perSecond),
    ratio(result.perSecond.median, answers.get(baseline).perSecond.median),
    ratio(result.perSecond.median, answers.get(stored).perSecond.median),
    spread(result.p50),
    spread(result.p99),
    spread(result.aloneP50),
    spread(result.cpuUs),
    spread(result.donePerSecond),
  ]);
  return table(['contender', 'answers/s', '÷ bare', '÷ insert', 'p50 ms', 'p99 ms', 'alone p50 ms', 'CPU µs', 'done/s'], rows);
}

function venueTable(toVenue, baseline) {
  const base = toVenue.get(baseline);
  const rows = [...toVenue].map(([name, { p50, p99, count }]) => [
    name,
    spread(p50),
    ratio(p50.median, base.p50.median),
    `${figure(p50.median - base.p50.median)}`,
    spread(p99),
    ratio(p99.median, base.p99.median),
    String(count),
  ]);
  return table(['contender', 'p50 ms', 'ratio', 'more by, ms', 'p99 ms', 'ratio', 'orders'], rows);
}

function stagesTable(columns) {
  const names = Object.keys(columns);
  const rows = columns[names[0]].map(({ stage }, i) => [stage, ...names.map((name) => figure(columns[name][i].meanMs))]);
  return table(['stage, mean ms', ...names], rows);
}

function paperTable(paper) {
  const rows = paper.map(({ name, perSecond, cpuUs }) => [
    name,
    spread(perSecond),
    ratio(perSecond.median, paper[0].perSecond.median),
    spread(cpuUs),
  ]);
  return table(['log and ledger', 'orders/s', 'ratio', 'CPU µs per order'], rows);
}

function startupTable(startup, moreMemory) {
  const rows = [
    ['first start: ready (makes the database)', spread(startup.firstReadyMs), 'ms'],
    ['first start: leads', spread(startup.firstLeadingMs), 'ms'],
    ['later start: ready', spread(startup.laterReadyMs), 'ms'],
    ['later start: leads', spread(startup.laterLeadingMs), 'ms'],
    ['memory (RSS) after the start', spread(startup.startMb), 'MB'],
    ['memory after 1,000 paper orders', spread(startup.ordersMb), 'MB'],
    ...moreMemory.map(([name, megabytes]) => [name, figure(megabytes), 'MB']),
  ];
  return table(['start and memory', 'measured', 'unit'], rows);
}

function throughputTable(throughput) {
  const rows = throughput.map(({ log, instances, perSecond, donePerSecond, p99 }) => {
    const one = throughput.find((other) => other.log === log && other.instances === 1);
    return [
      `${instances} ${instances === 1 ? 'instance' : 'instances'}, ${log}`,
      ...[spread(perSecond), ratio(perSecond.median, one.perSecond.median), spread(p99)],
      ...[spread(donePerSecond), ratio(donePerSecond.median, one.donePerSecond.median)],
    ];
  });
  return table(['alerts to', 'answers/s', '÷ one', 'p99 ms', 'done/s', '÷ one'], rows);
}

function takeoverTable({ rows }) {
  const cells = rows.map(({ name, leadsMs, longestWaitMs }) => [
    name,
    ...[figure(leadsMs.median), figure(leadsMs.max), ratio(leadsMs.max, LEASE_TTL_MS)],
    ...[figure(longestWaitMs.median), figure(longestWaitMs.max)],
  ]);
  return table(
    ['the leader is', 'another leads: median ms', 'max ms', 'max ÷ lease', 'longest wait of an alert: median ms', 'max ms'],
    cells,
  );
}

function ordersTable(venues) {
  const rows = venues.map(({ title, bare, ours }) => [
    title,
    ...[spread(bare.p50), spread(ours.p50), ratio(ours.p50.median, bare.p50.median)],
    ...[spread(bare.cpuUs), spread(ours.cpuUs), ratio(ours.cpuUs.median, bare.cpuUs.median)],
    ...[ratio(ours.perSecond.median, bare.perSecond.median)],
  ]);
  return table(
    ['exchange', 'ccxt p50 ms', 'ours p50 ms', 'ratio', 'ccxt CPU µs', 'ours CPU µs', 'ratio', 'orders/s, 32 at once: ours ÷ ccxt'],
    rows,
  );
}

function lanesTable(lanes) {
  const rows = lanes.map(({ count, perSecond }) => [String(count), spread(perSecond), ratio(perSecond.median, lanes[0].perSecond.median)]);
  return table(['lanes', 'orders/s', 'ratio'], rows);
}

function startsTable({ bareMs, firstMs, laterMs }) {
  const rows = [
    ['ccxt loadMarkets', bareMs],
    ['the first time', firstMs],
    ['later: with the markets of the last start', laterMs],
  ].map(([name, ms]) => [name, spread(ms), ratio(ms.median, bareMs.median)]);
  return table(['opening', 'ms', 'ratio'], rows);
}

/** The sections of what was measured, by what they need. */
const SECTIONS = [
  {
    needs: 'answers',
    text: ({ answers, names }) => [
      '## Answering alerts\n',
      `50 keep-alive connections, each sending its next alert when the last one is answered; *alone* is one connection by itself.\n`,
      `${answersTable(answers, names.express, names.insert)}\n`,
    ],
  },
  {
    needs: 'toVenue',
    text: ({ toVenue, names }) => [
      '## From the alert to the exchange\n',
      'Twenty alerts a second; from sending the alert to the arrival of the order request at the exchange.\n',
      `${venueTable(toVenue, names.ccxt)}\n`,
    ],
  },
  {
    needs: 'stagesAlone',
    text: ({ stagesAlone, stagesUnderLoad }) => [
      '## Stages of an order\n',
      'Means of the histograms that `/metrics` shows; the rounds that warm up count here.\n',
      `${stagesTable({ 'alone (20/s to Binance)': stagesAlone, ...(stagesUnderLoad ? { 'under load (paper)': stagesUnderLoad } : {}) })}\n`,
    ],
  },
  {
    needs: 'orders',
    text: ({ orders }) => [
      '## Orders at each exchange\n',
      'A limit order that rests: `createOrder` of bare ccxt, and our adapter, which answers only when the exchange has confirmed what it holds. Where an',
      'exchange answers a new order with nothing but an id (all but Binance), that is a second request, and most of the difference. At Kraken, which',
      'refuses requests of one key that overtake each other, bare ccxt sends one at a time instead of 32, and our adapter puts them in turn itself.\n',
      `${ordersTable(orders.venues)}\n`,
      'Market orders through the whole engine at Binance spot, ledger in memory; each symbol is a lane.\n',
      `${lanesTable(orders.lanes)}\n`,
      `Opening an exchange that lists ${orders.symbols.toLocaleString('en')} symbols.\n`,
      `${startsTable(orders.starts)}\n`,
    ],
  },
  {
    needs: 'clusters',
    text: ({ clusters: { throughput, latency, stages } }) => [
      '## Several instances\n',
      'Alerts spread evenly over all instances of a cluster, 48 connections in all, paper orders; the sizes took turns. All processes, Postgres, Redis',
      'and the load share the cores of one machine, so this shows what a further instance costs, not what a further machine gains.\n',
      `${throughputTable(throughput)}\n`,
      'From the alert to the exchange, twenty a second: a follower stores the alert and the leader, another process, sends the order.\n',
      `${venueTable(latency, [...latency.keys()][0])}\n`,
      'The stages of that; `answer` and `append` where the alert came in, the others on the leader.\n',
      `${stagesTable(stages)}\n`,
    ],
  },
  {
    needs: 'takeovers',
    text: ({ takeovers }) => [
      '## Takeover\n',
      `Three instances, command log in ${takeovers.log}, a lease of ${LEASE_TTL_MS / 1000} s (the default is 5: all but \`SIGTERM\` scales with it), twenty alerts a second to`,
      'an instance that is not struck. *Longest wait* is from sending an alert to the arrival of its order at the exchange. An order on its way there',
      'when its leader is killed is in doubt until the exchange can take it no more (Binance: 15 s), and what follows in its symbol waits: a maximum of',
      'that size is such a case.\n',
      `${takeoverTable(takeovers)}\n`,
    ],
  },
  {
    needs: 'paper',
    text: ({ paper }) => [
      '## Paper orders on the leader\n',
      'Market orders on fifty symbols, from the log to filled, booked and acknowledged, without gateway and HTTP.\n',
      `${paperTable(paper)}\n`,
    ],
  },
  { needs: 'startup', text: ({ startup, memory = [] }) => ['## Start and memory\n', `${startupTable(startup, memory)}\n`] },
];

/** The document, or those sections of it that were measured. */
export function report(measured) {
  const sections = SECTIONS.filter(({ needs }) => measured[needs] !== undefined).flatMap(({ text }) => text(measured));
  return [HEADER, `${machine(measured)}\n`, ...sections, READING].join('\n');
}
