// The load generator: raw keep-alive HTTP over node:net, so that it costs a fraction of what it measures.
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { machineMs } from '../clock.mjs';
import { ascending, quantile } from '../statistics.mjs';
import { serveParent } from './ipc.mjs';

const HEADER_END = Buffer.from('\r\n\r\n');

/** One connection that has at most one request under way. Calls `answered(status)` for each answer. */
async function openConnection(port, answered) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  let received = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const headerEnd = received.indexOf(HEADER_END);
    if (headerEnd < 0) return;
    const header = received.toString('latin1', 0, headerEnd);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(header)?.[1] ?? Number.NaN);
    if (Number.isNaN(length)) throw new Error(`an answer without content-length: ${header}`);
    if (received.length < headerEnd + HEADER_END.length + length) return;
    received = Buffer.alloc(0);
    answered(Number(header.slice(9, 12)));
  });
  return socket;
}

/** The alert as TradingView would send it; every one is different. */
function alertOf(n, { symbols, quantity }) {
  const symbol = symbols[n % symbols.length];
  return `{"action":"buy","symbol":"${symbol}","quantity":"${quantity ?? `0.0${n}`}","id":"bench-${n}","strategy":"bench"}`;
}

function requestOf(n, port, job) {
  const body = alertOf(n, job);
  return `POST ${job.path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** As much as `connections`, spread over the `ports`, can do in `ms`: each sends its next alert when the last one is answered. */
async function flood(job) {
  const latencies = [];
  const statuses = {};
  let n = job.first;
  const startedAt = machineMs();
  const until = startedAt + job.ms;
  await Promise.all(
    Array.from({ length: job.connections }, async (_, place) => {
      const port = job.ports[place % job.ports.length];
      let sentAt = 0;
      let finish;
      const finished = new Promise((resolve) => {
        finish = resolve;
      });
      const next = () => {
        sentAt = machineMs();
        if (sentAt >= until || n - job.first >= (job.countMax ?? Number.POSITIVE_INFINITY)) finish();
        else socket.write(requestOf(n++, port, job));
      };
      const socket = await openConnection(port, (status) => {
        latencies.push(machineMs() - sentAt);
        statuses[status] = (statuses[status] ?? 0) + 1;
        next();
      });
      next();
      await finished;
      socket.destroy();
    }),
  );
  const seconds = (machineMs() - startedAt) / 1000;
  const sorted = ascending(latencies);
  return { count: sorted.length, perSecond: sorted.length / seconds, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), statuses };
}

/** `count` alerts at a steady pace; answers when each was sent, by its number. */
async function pace(job) {
  const idle = [];
  const sentAt = {};
  const statuses = {};
  let answers = 0;
  const started = performance.now();
  for (let i = 0; i < job.count; i += 1) {
    await delay(Math.max(0, started + (i * 1000) / job.perSecond - performance.now()));
    const socket =
      idle.pop() ??
      (await openConnection(job.port, function answered(status) {
        statuses[status] = (statuses[status] ?? 0) + 1;
        answers += 1;
        idle.push(socket);
      }));
    const n = job.first + i;
    const request = requestOf(n, job.port, job);
    sentAt[n] = machineMs();
    socket.write(request);
  }
  while (answers < job.count) await delay(5);
  for (const socket of idle) socket.destroy();
  return { sentAt, statuses };
}

serveParent({ flood, pace });
