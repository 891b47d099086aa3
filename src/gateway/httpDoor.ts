import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Logger } from '../ops/logger.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { TlsMaterial } from '../ops/tlsFiles.ts';
import type { Gateway } from './gateway.ts';
import type { BodyRead, HookAnswer, HookRequest } from './hookRequest.ts';
import { peerSubject } from './peerSubject.ts';
import { readBody } from './readBody.ts';
import { sendAnswer } from './sendAnswer.ts';

/** Mounts the gateway on node:http, where `/hooks/` takes the short way and everything else goes on to Express. */
export interface HttpDoor {
  /** True for URLs of hooks. */
  handles(url: string | undefined): boolean;
  /** Answers one request to a hook. Never rejects. */
  handleHookRequest(req: IncomingMessage, res: ServerResponse): Promise<void>;
}

const PREFIX = '/hooks/';
/** Generous for a key of 160 bits or more in base64url. */
const KEY_LENGTH_MAX = 256;

export function createHttpDoor(deps: { readonly gateway: Gateway; readonly logger: Logger; readonly metrics: Metrics }): HttpDoor {
  const answerSeconds = deps.metrics.stageSeconds.labels('answer');
  const { alerts } = deps.metrics;
  // A note holds nothing to hide (see HookNote), and looking for it costs more than the rest of an alert's way.
  const logger = deps.logger.child({}, { redact: [] });

  async function handleHookRequest(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    const answer = await deps.gateway.handle(requestOf(req, res));
    sendAnswer(req, res, answer);
    const seconds = (performance.now() - startedAt) / 1000;
    answerSeconds.observe(seconds);
    alerts.inc({ status: answer.status, code: answer.note.code });
    tell(logger, answer, seconds);
  }

  return { handles: (url) => url?.startsWith(PREFIX) ?? false, handleHookRequest };
}

/** Of plain HTTP or HTTPS. */
export type DoorServer = http.Server | https.Server;

/** What a connection may cost before anybody has looked at it; times in milliseconds. */
export interface DoorLimits {
  /** Line and headers of a request; more is answered 431. */
  readonly maxHeaderSize: number;
  /** From the first byte to the end of the headers, and to the end of the body. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  /** How often the two are looked at. */
  readonly connectionsCheckingInterval: number;
  /** Open at once; more are closed as they come. */
  readonly maxConnections: number;
}

export const DOOR_LIMITS: DoorLimits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 15_000,
  // Longer than the minute that load balancers keep idle connections, so that they close first.
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
  maxConnections: 10_000,
};

/** The server, of HTTPS where `tls` is given: hooks go through the door, all else to `others`. */
export function createDoorServer(
  door: HttpDoor,
  others: RequestListener,
  { tls = null, limits = DOOR_LIMITS }: { readonly tls?: TlsMaterial | null; readonly limits?: DoorLimits } = {},
): DoorServer {
  const dispatch: RequestListener = (req, res) => {
    if (door.handles(req.url)) void door.handleHookRequest(req, res);
    else others(req, res);
  };
  const server = tls === null ? http.createServer(limits, dispatch) : https.createServer({ ...limits, ...tlsOptions(tls) }, dispatch);
  server.maxConnections = limits.maxConnections;
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
    // A hook's body is asked for only once the gateway wants it (see readBody).
    if (!door.handles(req.url)) res.writeContinue();
    dispatch(req, res as Parameters<RequestListener>[1]);
  });
  return server;
}

/** A client certificate is asked for where somebody could verify it, and never demanded here: hooks do that (see authenticity.ts). */
function tlsOptions(tls: TlsMaterial): https.ServerOptions {
  return { ...tls, minVersion: 'TLSv1.2', requestCert: tls.ca !== undefined, rejectUnauthorized: false, handshakeTimeout: 5_000 };
}

function requestOf(req: IncomingMessage, res: ServerResponse): HookRequest {
  return {
    method: req.method ?? '',
    key: keyOf(req.url ?? ''),
    peer: req.socket.remoteAddress,
    headers: req.headers,
    peerSubject: () => peerSubject(req.socket),
    readBody: (limitBytes): Promise<BodyRead> => readBody(req, res, limitBytes),
  };
}

/** The path token of `/hooks/<key>`, a trailing slash and a query aside; null when the URL cannot be one. */
export function keyOf(url: string): string | null {
  const [path = ''] = url.split('?', 1);
  const text = path.slice(PREFIX.length).replace(/\/$/, '');
  if (text.length > KEY_LENGTH_MAX) return null;
  const key = text.includes('%') ? decoded(text) : text;
  return key === null || /[\p{Cc}\s/\\]/u.test(key) || /^\.+$/.test(key) ? null : key;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

function tell(logger: Logger, answer: HookAnswer, seconds: number): void {
  const { level, ...facts } = answer.note;
  logger[level](
    { ...facts, status: answer.status, ms: Math.round(seconds * 1e5) / 100 },
    answer.status === 202 ? 'alert accepted' : 'alert refused',
  );
}
