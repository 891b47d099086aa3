import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { mayAct } from '../domain/people/user.ts';
import { sha256Hex } from '../lib/hash.ts';
import { PROBLEM_JSON } from '../ops/problem.ts';
import type { Authenticator, Identity } from './auth.ts';
import type { ApiDeps } from './deps.ts';
import { type Problem, problem, problemBody } from './problem.ts';
import type { Answer, Caller, Method, RawInput, Route } from './route.ts';

const BODY_BYTES_MAX = 64 * 1024;
const ANYONE: Identity = { name: 'anonymous', role: 'viewer' };

export interface MountOptions extends Pick<ApiDeps, 'publicUrl' | 'clientAddress' | 'behindProxy'> {
  readonly authenticator: Authenticator;
}

/** What is known of a request before its body is read. Kept beside express's objects, which stay untouched. */
export interface RequestState {
  readonly requestId: string;
  /** Route pattern and actor, for the log line; set once known. */
  route: string | null;
  identity: Identity;
  /** '' where nobody needed to know. */
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
function guard(route: Route, { authenticator, clientAddress }: MountOptions): RequestHandler {
  return async (request, response, next) => {
    const state = stateOf(request);
    state.route = route.path;
    if (route.role === null) return next();
    const found = clientAddress(request.socket.remoteAddress, request.headers);
    if (!found.ok) return sendProblem(request, response, problem(found.code, found.detail));
    state.address = found.address;
    const identity = await authenticator.authenticate(request.headers.authorization, found.address);
    if ('kind' in identity) return sendProblem(request, response, identity);
    state.identity = identity;
    if (!mayAct(identity.role, route.role))
      return sendProblem(request, response, problem('FORBIDDEN', `This needs the role ${route.role}; yours is ${identity.role}.`));
    if (route.method !== 'get' && isCrossSite(request)) return sendProblem(request, response, problem('CROSS_SITE'));
    next();
  };
}

/** Browsers resend Basic credentials by themselves, so a foreign page could act; they also say where a request comes from (Fetch Metadata). */
function isCrossSite(request: Request): boolean {
  const site = request.headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

function readBody(route: Route): RequestHandler[] {
  const verify = (request: object, _response: unknown, bytes: Buffer): void => {
    stateOf(request).bodyHash = sha256Hex(bytes);
  };
  const options = { limit: BODY_BYTES_MAX, verify };
  if (route.rawBodySchema) return [express.text({ ...options, type: ['application/json', 'text/plain'] }), refuseUnread(' or text/plain')];
  return route.body ? [express.json(options), refuseUnread('')] : [];
}

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

function callerOf(request: Request, { publicUrl, behindProxy }: MountOptions): Caller | Problem {
  const { identity, address, requestId, bodyHash } = stateOf(request);
  const idempotencyKey = request.get('idempotency-key') ?? null;
  if (idempotencyKey !== null && !/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) return problem('BAD_IDEMPOTENCY_KEY');
  return {
    identity,
    requestId,
    idempotencyKey,
    address,
    fingerprint: `${request.method} ${request.path} ${bodyHash}`,
    origin: publicUrl?.replace(/\/+$/, '') ?? `${schemeOf(request, behindProxy)}://${request.host ?? 'localhost'}`,
  };
}

/** Of the connection to us, or as the trusted proxy says. */
function schemeOf(request: Request, behindProxy: boolean): string {
  const said = behindProxy ? request.headers['x-forwarded-proto'] : undefined;
  return said === 'https' || said === 'http' ? said : request.protocol;
}

function refuseMethod(methods: readonly Method[]): RequestHandler {
  const allowed = [...new Set(methods.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])))].join(', ');
  return (request, response) => {
    response.set('Allow', allowed);
    if (request.method === 'OPTIONS') response.status(204).end();
    else sendProblem(request, response, problem('METHOD_NOT_ALLOWED', `This address takes ${allowed}.`));
  };
}

function sendAnswer(response: Response, { status, body, contentType }: Answer): void {
  response.status(status);
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
