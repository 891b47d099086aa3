import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CliError } from './cliError.ts';
import { createPinnedFetch } from './pinnedFetch.ts';

const TIMEOUT_MS = 20_000;

/** HTTP to the running instance. Whatever goes wrong becomes a `CliError` that says what to do. */
export interface ApiClient {
  readonly url: string;
  /** `base`: somewhere else than at `url`. */
  get<T>(path: string, more?: { readonly base?: string; readonly headers?: Readonly<Record<string, string>> }): Promise<T>;
  send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T>;
  /** A body that is not JSON, or need not be. */
  sendText<T>(method: 'POST', path: string, text: string): Promise<T>;
  /** Any request, without credentials: `/health`, a hook. */
  fetch(pathOrUrl: string, init?: RequestInit): Promise<Response>;
}

export interface ApiClientOptions {
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function createApiClient({ url, token, environment }: ApiClientOptions): ApiClient {
  const given = url ?? environment.SIGNALMAN_URL;
  const certFile = given ? undefined : environment.TLS_CERT;
  const base = baseUrl(given, environment.PORT, certFile ? 'https' : 'http');
  const transport = certFile ? createPinnedFetch(certFile) : fetch;

  async function call<T>(method: string, path: string, body?: unknown, more: Parameters<ApiClient['get']>[1] = {}): Promise<T> {
    const authorization = `Bearer ${findToken(token, environment)}`;
    const headers: Record<string, string> = { ...more.headers, accept: 'application/json', authorization };
    const at = more.base?.replace(/\/+$/, '') ?? base;
    if (body !== undefined) headers['content-type'] ??= 'application/json';
    const sent = headers['content-type'] === 'text/plain' ? String(body) : JSON.stringify(body);
    const by = more.base === undefined ? transport : fetch;
    const response = await reach(by, at, path, { method, headers, ...(body === undefined ? {} : { body: sent }) });
    return answerOf<T>(response, at);
  }

  return {
    url: base,
    get: (path, more) => call('GET', path, undefined, more),
    send: (method, path, body) => call(method, path, body),
    sendText: (method, path, text) => call(method, path, text, { headers: { 'content-type': 'text/plain' } }),
    fetch: (pathOrUrl, init) => reach(pathOrUrl.startsWith('/') || pathOrUrl.startsWith(base) ? transport : fetch, base, pathOrUrl, init),
  };
}

/** What the instance at `at` answered; throws `CliError` for anything but a yes. */
export async function answerOf<T>(response: Response, at: string): Promise<T> {
  const text = await response.text();
  const data = readJson(text);
  if (!response.ok) throw refusalError(response.status, data);
  if (response.status === 202) throw waitsForConfirmation(data);
  if (data === undefined && text !== '') throw new CliError(`What answers at ${at} is not Signalman; check --url.`);
  return data as T;
}

/** The instance on this machine, unless another is named; over HTTPS where the environment it shares says so. */
function baseUrl(given: string | undefined, port: string | undefined, scheme: 'http' | 'https'): string {
  const url = given || `${scheme}://127.0.0.1:${port || '3000'}`;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new CliError(`"${url}" is not an http(s) URL.`, { exitCode: 2 });
  return url.replace(/\/+$/, '');
}

/** --token, ADMIN_API_TOKEN, else the token the instance on this machine left in its DATA_DIR. */
function findToken(given: string | undefined, environment: ApiClientOptions['environment']): string {
  const known = given || environment.ADMIN_API_TOKEN;
  if (known) return known;
  const file = join(resolve(environment.DATA_DIR || '.data'), 'admin-token');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const denied = (error as NodeJS.ErrnoException).code === 'EACCES';
    throw new CliError(
      denied
        ? `${file} belongs to another user; run this as the user who started Signalman, or set ADMIN_API_TOKEN.`
        : `No token: ${file} is not there. Start Signalman in this directory first (npm start), or set ADMIN_API_TOKEN.`,
    );
  }
}

async function reach(transport: typeof fetch, base: string, pathOrUrl: string, init: RequestInit = {}): Promise<Response> {
  const url = pathOrUrl.startsWith('/') ? base + pathOrUrl : pathOrUrl;
  try {
    return await transport(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    const { origin } = new URL(url);
    if ((error as Error).name === 'TimeoutError') throw new CliError(`${origin} did not answer within ${TIMEOUT_MS / 1000} s.`);
    const { cause } = error as { cause?: { code?: string; message?: string } };
    if (cause?.code === 'ECONNREFUSED') {
      throw new CliError(`Signalman is not running at ${origin}. Start it with "npm start", or say where it runs with --url.`);
    }
    throw new CliError(`${origin} cannot be reached (${cause?.code ?? cause?.message ?? (error as Error).message}). Check --url.`);
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Done as far as this admin can: what follows is another's to decide. */
function waitsForConfirmation(data: unknown): CliError {
  const { proposalId = '' } = data as { readonly proposalId?: string };
  const line = `Proposed. Another admin confirms it within a day: signalman proposal confirm ${proposalId} --as <e-mail>, or POST /api/v1/proposals/${proposalId}/confirm signed in as themselves.`;
  return new CliError(line, { exitCode: 0, data });
}

interface ProblemData {
  readonly code?: string;
  readonly detail?: string;
  readonly mistakes?: readonly { readonly pointer?: string; readonly parameter?: string; readonly message: string }[];
}

/** A problem of the API in words: its detail and every mistake. */
export function refusalError(status: number, data: unknown): CliError {
  const { code, detail, mistakes = [] } = (typeof data === 'object' && data !== null ? data : {}) as ProblemData;
  if (code === undefined) return new CliError(`HTTP ${status}: what answers there is not Signalman; check --url.`);
  if (status === 401 && code !== 'SIGN_IN_FAILED')
    return new CliError(`The token was refused; check --token or ADMIN_API_TOKEN. (${code})`, { data });
  const lines = mistakes.map(({ pointer, parameter, message }) => `  ${pointer || parameter || '(body)'}: ${message}`);
  return new CliError([`${detail ?? 'Refused.'} (${code})`, ...lines].join('\n'), { data });
}
