import type { Request } from 'express';
import type { z } from 'zod';
import type { Role } from '../domain/people/user.ts';
import type { ReadModel } from '../ledger/readModel.ts';
import type { Identity } from './identity.ts';
import { invalid, mistakesFrom, type Problem } from './problem.ts';

export type Method = 'get' | 'post' | 'put' | 'delete';

/** An answer as asked for; `body` undefined sends none. */
export interface Answer {
  readonly kind: 'answer';
  readonly status: number;
  readonly body?: unknown;
  /** Set for anything but JSON. */
  readonly contentType?: string;
  readonly cookies?: readonly string[];
}

export function answer(status: number, body?: unknown): Answer {
  return { kind: 'answer', status, body };
}

export function ok(body: unknown): Answer {
  return answer(200, body);
}

/** Who asks and how to tell them; what every handler gets besides its parsed input. */
export interface Caller {
  readonly identity: Identity;
  readonly address: string;
  /** How the request came: the other end of the socket, and X-Forwarded-For as received. */
  readonly path: { readonly peer: string; readonly forwardedFor: readonly string[] };
  readonly requestId: string;
  /** `Idempotency-Key`, checked. */
  readonly idempotencyKey: string | null;
  /** `METHOD path` and hash of the body: the same key with another fingerprint is a mistake. */
  readonly fingerprint: string;
  /** `https://host[:port]`, as the client reached us. */
  readonly origin: string;
  /** What only browsers bring. */
  readonly browser: Browser;
  /** What the caller may see. */
  readonly reads: ReadModel;
}

export interface Browser {
  /** They reach us by https, directly or through a proxy: cookies can be kept to that. */
  readonly secure: boolean;
  /** The device cookie, if any. */
  readonly device: string | null;
  /** `User-Agent`, cut to a length its owner can be shown. */
  readonly agent: string | null;
  /** What failures count for. */
  readonly network: string;
}

export interface Input<Query, Body> extends Caller {
  /** Path parameter, '' when the path has none of that name. */
  param(name: string): string;
  readonly query: Query;
  readonly body: Body;
  /** The body as it came, where the route asked for it. */
  readonly rawBody: string;
}

export interface Described {
  readonly description: string;
  /** Absent: no body. */
  readonly schema?: z.ZodType;
  readonly contentType?: string;
}

interface RouteFacts {
  readonly method: Method;
  /** Express form: `/api/v1/orders/:id`. */
  readonly path: string;
  /** The least role that may; null: open to everyone. */
  readonly role: Role | null;
  /** Open to who must set up a second factor first: it is what they need for that. */
  readonly whileEnrolling?: true;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** Set where the handler reads `rawBody` itself (JSON or text/plain); the schema is for the document only. */
  readonly rawBodySchema?: z.ZodType;
  readonly answers: Readonly<Record<number, Described>>;
}

interface RouteSpec<Query extends z.ZodObject, Body extends z.ZodType> extends RouteFacts {
  readonly query?: Query;
  readonly body?: Body;
  handle(input: Input<z.output<Query>, z.output<Body>>): Promise<Answer | Problem>;
}

/** What a request brings before its query and body are checked. */
export interface RawInput extends Caller {
  readonly params: Request['params'];
  readonly query: unknown;
  readonly body: unknown;
  readonly rawBody: string;
}

/** One operation of the API: the same object is mounted on express and described in the OpenAPI document, so they cannot differ. */
export interface Route extends RouteFacts {
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  run(raw: RawInput): Promise<Answer | Problem>;
}

/** Ties a handler to its schemas: it only ever sees parsed input, and all mistakes of query and body are answered together. */
export function defineRoute<Query extends z.ZodObject, Body extends z.ZodType>(spec: RouteSpec<Query, Body>): Route {
  const run = async (raw: RawInput): Promise<Answer | Problem> => {
    const query = spec.query?.safeParse(raw.query);
    const body = spec.body?.safeParse(raw.body);
    const mistakes = [...mistakesFrom(query?.error?.issues ?? [], 'query'), ...mistakesFrom(body?.error?.issues ?? [], 'body')];
    if (mistakes.length > 0) return invalid(mistakes);
    const param = (name: string): string => {
      const value = raw.params[name];
      return typeof value === 'string' ? value : '';
    };
    return spec.handle({ ...raw, param, query: query?.data as z.output<Query>, body: body?.data as z.output<Body> });
  };
  const { handle: _, ...facts } = spec;
  return { ...facts, run };
}
