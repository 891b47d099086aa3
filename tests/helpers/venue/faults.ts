import type { ServerResponse } from 'node:http';

/**
 * How a request can go wrong. "Executes" means the exchange did what was asked and only the answer suffers: the caller cannot
 * know, and must ask.
 */
export type Fault =
  /** Executes, then destroys the socket without an answer. */
  | { readonly kind: 'acceptThenDrop' }
  /** Destroys the socket without executing. */
  | { readonly kind: 'dropUnread' }
  /** Executes, sends headers and half the body, then silence. */
  | { readonly kind: 'stallBody' }
  /** Executes, sends headers and half the body, then destroys the socket. */
  | { readonly kind: 'dropInBody' }
  /** Executes and answers 200 with half a JSON document. */
  | { readonly kind: 'truncatedJson' }
  /** Executes and answers 200 `{}`. */
  | { readonly kind: 'emptyObject' }
  /** Executes and answers 200 with a web page. */
  | { readonly kind: 'html200' }
  /** A gateway's page with this status; executes when told to. */
  | { readonly kind: 'html'; readonly status: number; readonly executes?: boolean }
  /** Refuses unread: 429 or 418 with Retry-After. */
  | { readonly kind: 'slowDown'; readonly status: 429 | 418; readonly retryAfterSec: number }
  /** Refuses unread with a code and a message of the venue. */
  | { readonly kind: 'rejectWith'; readonly code: number | string; readonly msg: string; readonly status?: number }
  /** Waits, then goes on as usual. */
  | { readonly kind: 'latency'; readonly ms: number };

export interface FaultScope {
  readonly method?: string;
  /** Exact path, for example `/api/v3/order`; a trailing `*` stands for anything. */
  readonly path?: string;
  /** How many requests it hits; default: until `heal()`. */
  readonly times?: number;
}

const ORDER_EXECUTES: ReadonlySet<Fault['kind']> = new Set([
  'acceptThenDrop',
  'stallBody',
  'dropInBody',
  'truncatedJson',
  'emptyObject',
  'html200',
]);

/** Which fault, if any, the next request meets. Latency adds to whatever else applies. */
export class Faults {
  #rules: { readonly fault: Fault; readonly scope: FaultScope; left: number }[] = [];

  add(fault: Fault, scope: FaultScope): void {
    this.#rules.push({ fault, scope, left: scope.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#rules = [];
  }

  take(method: string, path: string): Fault[] {
    const hits = this.#rules.filter(({ scope }) => (scope.method ?? method) === method && fits(scope.path, path));
    const fatal = hits.find(({ fault }) => fault.kind !== 'latency');
    const taken = hits.filter((rule) => rule === fatal || rule.fault.kind === 'latency');
    for (const rule of taken) rule.left--;
    this.#rules = this.#rules.filter((rule) => rule.left > 0);
    return taken.map(({ fault }) => fault);
  }
}

export function executes(fault: Fault): boolean {
  return fault.kind === 'html' ? fault.executes === true : ORDER_EXECUTES.has(fault.kind);
}

function fits(wanted: string | undefined, path: string): boolean {
  return wanted === undefined || wanted === path || (wanted.endsWith('*') && path.startsWith(wanted.slice(0, -1)));
}

/** How a venue words what it refuses without looking: the body of its answer. */
export interface Voice {
  readonly slowDown: string;
  readonly refusal: (code: number | string, words: string) => string;
}

/** Answers the way the fault says; `body` is what a healthy exchange would have sent. Returns the status for the log, 0 for none. */
export function answerBadly(fault: Fault, body: string, response: ServerResponse, voice: Voice): number {
  const json = { 'content-type': 'application/json;charset=UTF-8' };
  const page = '<html><head><title>502 Bad Gateway</title></head><body>cloudfront</body></html>';
  const half = body.slice(0, Math.floor(body.length / 2));
  switch (fault.kind) {
    case 'acceptThenDrop':
    case 'dropUnread':
      response.destroy();
      return 0;
    case 'stallBody':
      response.writeHead(200, { ...json, 'content-length': Buffer.byteLength(body) }).write(half);
      return 200;
    case 'dropInBody':
      response.writeHead(200, { ...json, 'content-length': Buffer.byteLength(body) });
      response.write(half, () => response.destroy());
      return 200;
    case 'truncatedJson':
      response.writeHead(200, json).end(half);
      return 200;
    case 'emptyObject':
      response.writeHead(200, json).end('{}');
      return 200;
    case 'html200':
      response.writeHead(200, { 'content-type': 'text/html' }).end(page);
      return 200;
    case 'html':
      response.writeHead(fault.status, { 'content-type': 'text/html' }).end(page);
      return fault.status;
    case 'slowDown':
      response.writeHead(fault.status, { ...json, 'retry-after': String(fault.retryAfterSec) }).end(voice.slowDown);
      return fault.status;
    case 'rejectWith':
      response.writeHead(fault.status ?? 400, json).end(voice.refusal(fault.code, fault.msg));
      return fault.status ?? 400;
    case 'latency':
      throw new Error('latency is not an answer');
  }
}
