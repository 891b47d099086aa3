/** Media type of RFC 9457 problem details. */
export const PROBLEM_JSON = 'application/problem+json';

/** One mistake in what was sent. `pointer` is an RFC 6901 JSON pointer. */
export interface ProblemMistake {
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

/** RFC 9457 problem details. `code` is stable and is what programs look at; `detail` is for people and never holds a secret. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly instance?: string;
  readonly mistakes?: readonly ProblemMistake[];
}

/** Builds a problem; `type` is a URN made of the code, so that it stays the same wherever the server is installed. */
export function problem(
  about: { readonly status: number; readonly code: string; readonly title: string; readonly detail: string },
  extra: { readonly instance?: string; readonly mistakes?: readonly ProblemMistake[] } = {},
): Problem {
  const type = `urn:signalman:problem:${about.code.toLowerCase().replaceAll('_', '-')}`;
  return { type, title: about.title, status: about.status, code: about.code, detail: about.detail, ...extra };
}
