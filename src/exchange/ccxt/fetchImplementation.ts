import http from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { BrokenReplyError, NoReplyError, NotSentError, VenueReplyError } from './venueErrors.ts';

/** What ccxt asks of a `fetchImplementation`. */
export interface FetchRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

/** What ccxt reads of its answer. */
export interface FetchResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: ReadonlyMap<string, string>;
  text(): Promise<string>;
}

export interface Transport {
  readonly fetch: (url: string, request: FetchRequest) => Promise<FetchResponse>;
  /** Ends idle connections. */
  close(): void;
}

export interface TransportOptions {
  /** Origin → where requests to it really go; `*` for all others. ccxt's own URLs stay as they are: it picks error tables by them. */
  readonly origins: Readonly<Record<string, string>>;
  /** Largest answer read, in bytes; Binance's exchangeInfo is some 15 MB. */
  readonly maxBodyBytes?: number;
  /** Connections to one origin at a time; further requests wait for one. */
  readonly maxConnections?: number;
}

const unzip = promisify(gunzip);
const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;
/** Idle connections are dropped before a venue's balancer would, so that a reused one is rarely dead. */
const IDLE_MS = 25_000;

/**
 * The HTTP half of every venue. Unlike ccxt's own it reads the body within the deadline too, and it knows whether a request can
 * have left: `NotSentError` is raised only when no connection was ever established for it, whatever the error code says.
 * Other errors: `NoReplyError` (may have arrived), `VenueReplyError` (any status but 2xx). No error carries the URL.
 */
export function createTransport(options: TransportOptions): Transport {
  const limits = { keepAlive: true, maxSockets: options.maxConnections ?? 64, maxFreeSockets: 16, timeout: IDLE_MS };
  const agents = { 'http:': new http.Agent(limits), 'https:': new https.Agent(limits) };
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  return {
    fetch: async (url, request) => {
      const target = redirectOrigin(url, options.origins);
      const agent = target.protocol === 'https:' ? agents['https:'] : agents['http:'];
      const response = await exchange(target, request, agent, maxBodyBytes);
      const text = await readText(response, maxBodyBytes);
      if (response.status < 200 || response.status > 299) throw new VenueReplyError(response.status, text, retryAfterMs(response.headers));
      return { status: response.status, statusText: response.statusText, headers: response.headers, text: async () => text };
    },
    close: () => {
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}

/** Replaces the origin, keeping path and query. */
export function redirectOrigin(url: string, origins: Readonly<Record<string, string>>): URL {
  const parsed = new URL(url);
  const target = origins[parsed.origin] ?? origins['*'];
  return target === undefined ? parsed : new URL(`${new URL(target).origin}${parsed.pathname}${parsed.search}`);
}

async function readText(response: RawResponse, maxBodyBytes: number): Promise<string> {
  if (response.headers.get('content-encoding') !== 'gzip') return response.body.toString('utf8');
  try {
    return (await unzip(response.body, { maxOutputLength: maxBodyBytes })).toString('utf8');
  } catch {
    throw new BrokenReplyError('compressed answer could not be read');
  }
}

interface RawResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

function exchange(target: URL, { method, headers, body, signal }: FetchRequest, agent: http.Agent, maxBytes: number): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const module = target.protocol === 'https:' ? https : http;
    const extra = body === undefined ? { 'Accept-Encoding': 'gzip' } : { 'Content-Length': String(Buffer.byteLength(body)) };
    const request = module.request(target, { method, agent, headers: { ...headers, ...extra } });
    const connected = watchConnection(request, target.protocol === 'https:');
    const fail = (reason: NoReplyError['reason']): void => {
      const error = connected()
        ? new NoReplyError(reason)
        : new NotSentError(reason === 'timeout' ? 'no connection in time' : 'no connection');
      signal.removeEventListener('abort', onAbort);
      reject(error);
      request.destroy();
    };
    const onAbort = (): void => fail('timeout');
    signal.addEventListener('abort', onAbort);
    request.on('error', () => fail('dropped'));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) fail('too_large');
        else chunks.push(chunk);
      });
      response.on('error', () => fail('dropped'));
      response.on('end', () => {
        signal.removeEventListener('abort', onAbort);
        resolve(readResponse(response, Buffer.concat(chunks)));
      });
    });
    request.end(body);
  });
}

/** Tells whether a connection has been established for this request, which is the moment its first byte can leave. */
function watchConnection(request: http.ClientRequest, secure: boolean): () => boolean {
  let connected = false;
  request.once('socket', (socket) => {
    const pending = socket.connecting || (secure && (socket as TLSSocket & { secureConnecting?: boolean }).secureConnecting === true);
    if (request.reusedSocket || !pending) connected = true;
    else
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        connected = true;
      });
  });
  return () => connected;
}

function readResponse(response: http.IncomingMessage, body: Buffer): RawResponse {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(response.headers)) if (value !== undefined) headers.set(name, String(value));
  return {
    status: response.statusCode ?? 0,
    statusText: response.statusMessage ?? '',
    headers,
    body,
  };
}

function retryAfterMs(headers: ReadonlyMap<string, string>): number | null {
  const seconds = headers.get('retry-after');
  return seconds !== undefined && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : null;
}
