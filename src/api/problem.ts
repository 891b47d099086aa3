import { STATUS_CODES } from 'node:http';
import type { $ZodIssue } from 'zod/v4/core';
import { BreakerOpenError } from '../ops/breaker.ts';
import { problem as problemDetails } from '../ops/problem.ts';

/** Every problem the API itself can answer with; refusals of the leader bring their own code (domain/errors.ts). */
export const PROBLEMS = {
  MALFORMED_JSON: { status: 400, means: 'The body is not valid JSON.' },
  INVALID_REQUEST: { status: 400, means: 'The request has mistakes; each is listed.' },
  ALERT_NOT_UNDERSTOOD: { status: 400, means: 'The alert could not be read; each mistake is listed.' },
  BAD_URL: { status: 400, means: 'The URL cannot be decoded, or holds a NUL.' },
  ADDRESS_UNREADABLE: { status: 400, means: 'The address the request comes from cannot be read.' },
  BAD_IDEMPOTENCY_KEY: { status: 400, means: 'Idempotency-Key must be 1 to 200 visible ASCII characters.' },
  UNAUTHENTICATED: { status: 401, means: 'Sign in (POST /api/v1/session) or send a valid token (Authorization: Bearer …).' },
  SIGN_IN_FAILED: { status: 401, means: 'E-mail, password or code is wrong. Who has a second factor sends a fresh code as `totp`.' },
  ADDRESS_NOT_ALLOWED: { status: 403, means: 'The API is not for this address (see docs/access.md).' },
  FORBIDDEN: { status: 403, means: 'Your role does not allow this.' },
  PROXY_NOT_TRUSTED: { status: 403, means: 'The request did not come by the way this server trusts; see TRUST_PROXY_HOPS.' },
  CROSS_SITE: { status: 403, means: 'A web page of another site may not change anything here.' },
  CSRF_TOKEN_WRONG: { status: 403, means: 'Send the csrfToken of GET /api/v1/session as X-CSRF-Token.' },
  TOTP_ENROLMENT_REQUIRED: { status: 403, means: 'First set up a second factor: POST /api/v1/me/totp.' },
  SECOND_FACTOR_REQUIRED: { status: 403, means: 'Send a fresh code of your authenticator app as `totp`.' },
  SECOND_FACTOR_REFUSED: { status: 403, means: 'The code is wrong, or was used before; wait for the next one.' },
  NOT_FOUND: { status: 404, means: 'There is no such thing.' },
  METHOD_NOT_ALLOWED: { status: 405, means: 'This address does not take that method.' },
  AMBIGUOUS: { status: 409, means: 'Several fit; name one by its id.' },
  TOTP_NOT_BEGUN: { status: 409, means: 'There is no secret to confirm; ask for one first: POST /api/v1/me/totp.' },
  NAME_TAKEN: { status: 409, means: 'That name is in use.' },
  ALREADY_CREATED: { status: 409, means: 'A request with this Idempotency-Key was carried out before.' },
  BODY_TOO_LARGE: { status: 413, means: 'The body is larger than 64 KiB.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, means: 'Send the body as application/json in UTF-8.' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, means: 'This Idempotency-Key was used for a different request.' },
  TOO_MANY_FAILURES: { status: 429, means: 'Too many failed sign-ins from this address.' },
  INTERNAL: { status: 500, means: 'Something broke on our side; the log has it under the request id.' },
  UNAVAILABLE: { status: 503, means: 'This cannot be served now; try again.' },
  COMMAND_NOT_STORED: { status: 503, means: 'The command could not be stored, so nothing was promised; try again.' },
  BUSY: { status: 503, means: 'Too many requests are waiting for an answer; try again.' },
  COMMAND_PENDING: { status: 504, means: 'The command is stored and will be carried out; its answer is not here yet.' },
} as const satisfies Record<string, { readonly status: number; readonly means: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One mistake in a request: an RFC 6901 pointer into the body, or the name of a query parameter or header. */
export interface Mistake {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly code: string;
  readonly message: string;
}

/** An answer that is not what was asked for, as RFC 9457 problem details with a stable `code`. Returned, not thrown. */
export interface Problem {
  readonly kind: 'problem';
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly mistakes?: readonly Mistake[];
  /** Extension members. */
  readonly more?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export function problem(code: ProblemCode, detail?: string, extra: Pick<Problem, 'mistakes' | 'more' | 'headers'> = {}): Problem {
  const known = PROBLEMS[code];
  return { kind: 'problem', status: known.status, code, detail: detail ?? known.means, ...extra };
}

export function tooManyFailures(waitMs: number): Problem {
  return problem('TOO_MANY_FAILURES', undefined, { headers: { 'Retry-After': String(Math.ceil(waitMs / 1000)) } });
}

export function notFound(what: string): Problem {
  return problem('NOT_FOUND', `There is no ${what}.`);
}

export function invalid(mistakes: readonly Mistake[]): Problem {
  return problem('INVALID_REQUEST', undefined, { mistakes });
}

/** The JSON members of RFC 9457; the title is the status phrase, `code` tells problems apart. */
export function problemBody({ status, code, detail, mistakes, more }: Problem, requestId: string): Record<string, unknown> {
  const details = problemDetails({ status, code, title: STATUS_CODES[status] ?? 'Error', detail });
  return { ...details, ...(mistakes ? { mistakes } : {}), ...more, requestId };
}

/** All mistakes zod found, as pointers into the body or names of parameters. Unknown fields are listed one by one. */
export function mistakesFrom(issues: readonly $ZodIssue[], place: 'body' | 'query'): Mistake[] {
  return issues.flatMap((issue) => {
    const at = (path: readonly PropertyKey[]) =>
      place === 'body' ? { pointer: pointerTo(path) } : { parameter: path.map(String).join('.') };
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ ...at([...issue.path, key]), code: 'UNKNOWN_FIELD', message: 'This field is not known here.' }));
    return [{ ...at(issue.path), code: codeOf(issue), message: issue.message }];
  });
}

/** zod calls a rule of ours `custom`, which tells a program nothing. */
function codeOf({ code }: $ZodIssue): string {
  return code === 'custom' ? 'INVALID_VALUE' : code.toUpperCase();
}

function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

interface HttpError {
  readonly status: number;
  readonly type?: string;
}

/** What express and its body parser throw for a bad request, and an open circuit, in our words; null when it is our own fault. */
export function problemFromError(error: unknown): Problem | null {
  if (error instanceof BreakerOpenError) return problem('UNAVAILABLE', undefined, { headers: { 'Retry-After': '1' } });
  if (!isHttpError(error)) return null;
  if (error.type === 'entity.parse.failed') return problem('MALFORMED_JSON', undefined, { mistakes: [malformedJson()] });
  if (error.status === 413) return problem('BODY_TOO_LARGE');
  if (error.status === 415) return problem('UNSUPPORTED_MEDIA_TYPE');
  if (error instanceof URIError) return problem('BAD_URL');
  return error.status < 500 ? problem('INVALID_REQUEST', 'The request could not be read.') : null;
}

export function malformedJson(): Mistake {
  return { pointer: '', code: 'MALFORMED_JSON', message: 'Not valid JSON; an object is expected.' };
}

function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}
