import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { answerBadly, executes, type Fault, type FaultScope, Faults, type Voice } from './faults.ts';
import { NO_STREAMS, type StreamProtocol, type Streams, serveStreams } from './streams.ts';

/** One request as it arrived: `query` and `body` as sent, `params` both of them read. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

/** The same for the log. `at` is `performance.now()` of this process; nothing in it is secret. */
export interface LoggedRequest {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  /** A JSON body, read; null for any other. */
  readonly json: unknown;
  readonly userAgent: string | undefined;
  status: number;
}

export interface ProtocolReply {
  readonly status: number;
  /** Beside its type and length. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What a venue's server is, besides HTTP. */
export interface Protocol {
  readonly voice: Voice;
  /** Carries a request out. Throws only for bugs. */
  readonly answer: (request: SentRequest) => ProtocolReply;
  /** Absent: nothing is pushed. */
  readonly streams?: StreamProtocol;
}

export interface ProtocolServer {
  readonly origin: string;
  readonly requests: LoggedRequest[];
  readonly streams: Streams;
  fail(fault: Fault, scope?: FaultScope): void;
  /** Ends all faults. */
  heal(): void;
  /** Requests of one endpoint, for example `POST /api/v3/order`. */
  requestsTo(endpoint: string): LoggedRequest[];
  close(): Promise<void>;
}

const REQUESTS_KEPT = 200_000;

/** The HTTP half of every protocol server: a real socket, a log, and faults that hit whatever a test says. */
export async function startProtocolServer(protocol: Protocol, port = 0): Promise<ProtocolServer> {
  const faults = new Faults();
  const requests: LoggedRequest[] = [];
  const server = createServer((request, response) => {
    handle({ protocol, faults, requests }, request, response).catch((error: unknown) => {
      if (request.complete) throw error; // Else the caller went away while sending.
    });
  });
  server.keepAliveTimeout = 60_000;
  const streams = serveStreams(server, protocol.streams ?? NO_STREAMS);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    streams,
    fail: (fault, scope = {}) => faults.add(fault, scope),
    heal: () => faults.clear(),
    requestsTo: (endpoint) => requests.filter((request) => `${request.method} ${request.path}` === endpoint),
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      streams.close();
      server.closeAllConnections();
      return closed;
    },
  };
}

interface Served {
  readonly protocol: Protocol;
  readonly faults: Faults;
  readonly requests: LoggedRequest[];
}

async function handle({ protocol, faults, requests }: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const sent = await readRequest(request);
  const logged = log(requests, sent);
  const met = faults.take(sent.method, sent.path);
  for (const fault of met) if (fault.kind === 'latency') await delay(fault.ms);
  const fault = met.find(({ kind }) => kind !== 'latency');
  if (fault && !executes(fault)) {
    logged.status = answerBadly(fault, '', response, protocol.voice);
    return;
  }
  const { status, headers, text } = protocol.answer(sent);
  if (fault) {
    logged.status = answerBadly(fault, text, response, protocol.voice);
    return;
  }
  logged.status = status;
  const form = { 'content-type': 'application/json;charset=UTF-8', 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, { ...headers, ...form }).end(text);
}

async function readRequest(request: IncomingMessage): Promise<SentRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  const form = isJson(body) ? '' : body;
  const params = Object.fromEntries(new URLSearchParams([query, form].filter((part) => part !== '').join('&')));
  return { method: request.method ?? 'GET', path, query, body, params, headers: request.headers };
}

function log(requests: LoggedRequest[], sent: SentRequest): LoggedRequest {
  const { signature: _, ...params } = sent.params;
  const json: unknown = isJson(sent.body) ? JSON.parse(sent.body) : null;
  const userAgent = sent.headers['user-agent'];
  const logged = { at: performance.now(), method: sent.method, path: sent.path, params, json, userAgent, status: 0 };
  if (requests.length < REQUESTS_KEPT) requests.push(logged);
  return logged;
}

function isJson(body: string): boolean {
  return body.startsWith('{') || body.startsWith('[');
}
