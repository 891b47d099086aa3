import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { mayAct } from '../domain/people/user.ts';
import type { ReadModel } from '../ledger/readModel.ts';
import { networkOf, normalizeAddress } from '../lib/address.ts';
import { sameSecret, sha256Hex } from '../lib/hash.ts';
import { PROBLEM_JSON } from '../ops/problem.ts';
import type { Authenticator } from './auth.ts';
import type { ApiDeps } from './deps.ts';
import { ANYONE, type Identity } from './identity.ts';
import { readCookie } from './people/cookies.ts';
import { type Problem, problem, problemBody } from './problem.ts';
import type { Answer, Browser, Caller, Method, RawInput, Route } from './route.ts';
import { parseStrictJson } from './strictJson.ts';

const BODY_BYTES_MAX = 64 * 1024;
const AGENT_LENGTH_MAX = 200;

export interface MountOptions extends Pick<ApiDeps, 'publicUrl' | 'clientAddress' | 'behindProxy'> {
  readonly authenticator: Authenticator;
  readonly readModel: ReadModel;
}

/** What is known of a request before its body is read. Kept beside express's objects, which stay untouched. */
export interface RequestState {
  readonly requestId: string;
  /** Route pattern and actor, for the log line; set once known. */
  route: string | null;
  identity: Identity;
  /** '' where it cannot be known. */
  address: string;
  bodyHash: string;
}

const states = new WeakMap<object, RequestState>();

/** The state of a request; every request has one once `beginRequest` has seen it. */
export function stateOf(request: object): RequestState {
  const state = states.get(request);
  if (!state) throw new Error('beginRequest has not seen this request');
  return state;
}

export function beginRequest(request: object, requestId: string): RequestState {
  const state: RequestState = { requestId, route: null, identity: ANYONE, address: '', bodyHash: '' };
  states.set(request, state);
  return state;
}

/** Mounts every route, and on each of its paths an answer for methods it does not take. */
export function mountRoutes(router: Router, routes: readonly Route[], options: MountOptions): void {
  for (const route of routes) router[route.method](route.path, guard(route, options), ...readBody(route), run(route, options));
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map((route) => route.method);
    router.all(path, refuseMethod(methods));
  }
}

/** Who asks and whether they may, before a byte of the body is read. */
function guard(route: Route, options: MountOptions): RequestHandler {
  return async (request, response, next) => {
    const state = stateOf(request);
    state.route = route.path;
    // No name or id holds a NUL, and Postgres takes none in any text.
    if (request.url.includes('%00')) return sendProblem(request, response, problem('BAD_URL'));
    const found = options.clientAddress(request.socket.remoteAddress, request.headers);
    if (found.ok) state.address = found.address;
    // What anybody may read, anybody may read: probes come through whatever is in front.
    else if (route.role !== null || route.method !== 'get') return sendProblem(request, response, problem(found.code, found.detail));
    const identity = route.role === null ? ANYONE : await identify(request, options);
    if ('kind' in identity) return sendProblem(request, response, identity);
    state.identity = identity;
    const refusal = refusalOf(route, identity) ?? forgeryOf(route, request, identity, options);
    if (refusal) return sendProblem(request, response, refusal);
    next();
  };
}

function identify(request: Request, options: MountOptions): Promise<Identity | Problem> {
  const { device, network, secure } = browserOf(request, options);
  const { authorization, cookie } = request.headers;
  return options.authenticator.authenticate({ authorization, session: readCookie(cookie, 'session', secure), device, network });
}

function refusalOf({ role, whileEnrolling }: Route, identity: Identity): Problem | null {
  if (role === null) return null;
  if (identity.mustEnrol && !whileEnrolling) return problem('TOTP_ENROLMENT_REQUIRED');
  return mayAct(identity.role, role) ? null : problem('FORBIDDEN', `This needs the role ${role}; yours is ${identity.role}.`);
}

/**
 * Browsers send cookies and Basic credentials by themselves, so a foreign page could act. They also say where a request comes
 * from (Fetch Metadata, and `Origin` where that is missing); and a session must show a token that no other page can read.
 */
function forgeryOf(route: Route, request: Request, { session }: Identity, options: MountOptions): Problem | null {
  if (route.method === 'get') return null;
  if (isCrossSite(request, options)) return problem('CROSS_SITE');
  if (session && !sameSecret(request.get('x-csrf-token') ?? '', session.csrf)) return problem('CSRF_TOKEN_WRONG');
  return null;
}

function isCrossSite(request: Request, { publicUrl }: MountOptions): boolean {
  const { 'sec-fetch-site': site, origin } = request.headers;
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  if (origin === undefined) return false;
  const own = [request.host, publicUrl === null ? undefined : new URL(publicUrl).host];
  return !URL.canParse(origin) || !own.includes(new URL(origin).host);
}

function browserOf(request: Request, { publicUrl, behindProxy }: MountOptions): Browser {
  const secure = schemeOf(request, behindProxy) === 'https' || (publicUrl?.startsWith('https:') ?? false);
  const agent =
    request
      .get('user-agent')
      ?.replaceAll(/[^\x20-\x7e]/g, '')
      .slice(0, AGENT_LENGTH_MAX) ?? null;
  return { secure, device: readCookie(request.headers.cookie, 'device', secure), agent, network: networkOf(stateOf(request).address) };
}

function readBody(route: Route): RequestHandler[] {
  const verify = (request: object, _response: unknown, bytes: Buffer): void => {
    stateOf(request).bodyHash = sha256Hex(bytes);
  };
  const options = { limit: BODY_BYTES_MAX, verify, inflate: false };
  if (route.rawBodySchema) return [express.text({ ...options, type: ['application/json', 'text/plain'] }), refuseUnread(' or text/plain')];
  return route.body ? [express.raw({ ...options, type: 'application/json' }), refuseUnread(''), parseBody] : [];
}

const parseBody: RequestHandler = (request, response, next) => {
  const bytes: unknown = request.body;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) {
    request.body = {};
    return next();
  }
  if (/charset=(?!"?utf-?8\b)/i.test(request.headers['content-type'] ?? ''))
    return sendProblem(request, response, problem('UNSUPPORTED_MEDIA_TYPE'));
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) {
    const code = parsed.mistakes.some((mistake) => mistake.code === 'MALFORMED_JSON') ? 'MALFORMED_JSON' : 'INVALID_REQUEST';
    return sendProblem(request, response, problem(code, undefined, { mistakes: parsed.mistakes }));
  }
  request.body = parsed.value;
  next();
};

/** A body of a type nobody read is a mistake; whether there must be one is the schema's to say. */
function refuseUnread(also: string): RequestHandler {
  return (request, response, next) => {
    const sent = Number(request.headers['content-length'] ?? 0) > 0 || request.headers['transfer-encoding'] !== undefined;
    if (sent && request.body === undefined) {
      return sendProblem(request, response, problem('UNSUPPORTED_MEDIA_TYPE', `Send the body as application/json${also} in UTF-8.`));
    }
    request.body ??= {};
    next();
  };
}

function run(route: Route, options: MountOptions): RequestHandler {
  return async (request, response) => {
    const caller = callerOf(request, options);
    if ('kind' in caller) return sendProblem(request, response, caller);
    const raw: RawInput = {
      ...caller,
      params: request.params,
      query: request.query,
      body: request.body,
      rawBody: typeof request.body === 'string' ? request.body : '',
    };
    const result = await route.run(raw);
    if (result.kind === 'problem') sendProblem(request, response, result);
    else sendAnswer(response, result);
  };
}

function callerOf(request: Request, options: MountOptions): Caller | Problem {
  const { identity, address, requestId, bodyHash } = stateOf(request);
  const idempotencyKey = request.get('idempotency-key') ?? null;
  if (idempotencyKey !== null && !/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) return problem('BAD_IDEMPOTENCY_KEY');
  return {
    identity,
    requestId,
    idempotencyKey,
    address,
    path: { peer: normalizeAddress(request.socket.remoteAddress ?? '') ?? '', forwardedFor: forwardedFor(request) },
    fingerprint: `${request.method} ${request.path} ${bodyHash}`,
    origin: options.publicUrl?.replace(/\/+$/, '') ?? `${schemeOf(request, options.behindProxy)}://${request.host ?? 'localhost'}`,
    browser: browserOf(request, options),
    reads: options.readModel.forUser(identity.sees),
  };
}

/** Of the connection to us, or as the trusted proxy says. */
function schemeOf(request: Request, behindProxy: boolean): string {
  const said = behindProxy ? request.headers['x-forwarded-proto'] : undefined;
  return said === 'https' || said === 'http' ? said : request.protocol;
}

/** Entries of X-Forwarded-For, the oldest first. */
function forwardedFor(request: Request): string[] {
  return (request.get('x-forwarded-for') ?? '').split(',').flatMap((entry) => (entry.trim() === '' ? [] : [entry.trim()]));
}

function refuseMethod(methods: readonly Method[]): RequestHandler {
  const allowed = [...new Set(methods.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])))].join(', ');
  return (request, response) => {
    response.set('Allow', allowed);
    if (request.method === 'OPTIONS') response.status(204).end();
    else sendProblem(request, response, problem('METHOD_NOT_ALLOWED', `This address takes ${allowed}.`));
  };
}

function sendAnswer(response: Response, { status, body, contentType, cookies = [] }: Answer): void {
  response.status(status);
  for (const cookie of cookies) response.append('Set-Cookie', cookie);
  if (body === undefined) response.end();
  else if (contentType !== undefined) response.type(contentType).send(body);
  else response.json(body);
}

export function sendProblem(request: Request, response: Response, found: Problem): void {
  if (found.headers) response.set(found.headers);
  response
    .status(found.status)
    .type(PROBLEM_JSON)
    .send(JSON.stringify(problemBody(found, stateOf(request).requestId)));
}
