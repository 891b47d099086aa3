import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { until } from './until.ts';

export const ADMIN_TOKEN = 'admin-token-of-the-end-to-end-tests';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'dist/cli/signalman.js');
const READY_LINE = /is ready at (\S+)/;
const READY_WITHIN_MS = 30_000;

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Answer {
  /** 0 when there was none: refused, cut off or too late. */
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Empty unless the answer was a JSON object. */
  readonly body: Record<string, unknown>;
}

/** The program as users run it, in a process of its own, that can be killed and started again. */
export interface Instance {
  /** Its own and, at first, empty; `DATA_DIR` lies in it unless the environment says otherwise. */
  readonly directory: string;
  /** Of the process running now; every start takes a free port. */
  readonly url: string;
  readonly pid: number;
  /** Everything printed since the first start. */
  output(): string;
  /** JSON to the API as `ADMIN_API_TOKEN`, or as `authorization` says. */
  call(method: string, path: string, body?: unknown, authorization?: string): Promise<Answer>;
  /** Resolves when the process has ended by itself or by somebody else's hand. */
  exited(): Promise<Exit>;
  /** Sends the signal and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<Exit>;
  /** Starts again after an end; `more` replaces parts of the environment from now on. Resolves when it says that it is ready. */
  restart(more?: Environment): Promise<void>;
  /** Kills what still runs and removes the working directory. */
  close(): Promise<void>;
}

let built: Promise<unknown> | null = null;

/** Brings `dist` up to date, once per test file; another process building at the same time is waited for. */
function ensureBuilt(): Promise<unknown> {
  built ??= promisify(execFile)(process.execPath, [join(root, 'scripts/build.mjs')], { cwd: root });
  return built;
}

/** An environment for instances that share a database; `DATABASE_URL` and whatever else matters is added by the caller. */
export function clusterEnvironment(): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    ADMIN_API_TOKEN: ADMIN_TOKEN,
    ADMIN_PASSWORD: 'not-used-here',
    SECRETS_KEY: randomBytes(32).toString('base64'),
  };
}

/** Starts `signalman start` with just this environment, in an empty directory, on a free port. Rejects with its output when it does not get ready. */
export async function startInstance(environment: Environment): Promise<Instance> {
  await ensureBuilt();
  const directory = mkdtempSync(join(tmpdir(), 'signalman-e2e-'));
  chmodSync(directory, 0o755); // Postgres under root runs as another user and has to get through.
  const instance = new ChildInstance(directory, environment);
  await instance.restart().catch(async (error: unknown) => {
    await instance.close();
    throw error;
  });
  return instance;
}

class ChildInstance implements Instance {
  url = '';
  readonly directory: string;
  private environment: Environment;
  private printed = '';
  private child: ChildProcess | null = null;
  private ended: Promise<Exit> = Promise.resolve({ code: null, signal: null });
  private readonly killAtExit = () => void this.child?.kill('SIGKILL');

  constructor(directory: string, environment: Environment) {
    this.directory = directory;
    this.environment = environment;
    process.once('exit', this.killAtExit);
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  output(): string {
    return this.printed;
  }

  exited(): Promise<Exit> {
    return this.ended;
  }

  call(method: string, path: string, body?: unknown, authorization = `Bearer ${ADMIN_TOKEN}`): Promise<Answer> {
    return send(this.url + path, method, body, { authorization });
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<Exit> {
    this.child?.kill(signal);
    return this.ended;
  }

  async restart(more: Environment = {}): Promise<void> {
    await this.kill();
    this.environment = { ...this.environment, ...more };
    const { PATH, HOME, TMPDIR } = process.env;
    const child = spawn(process.execPath, [program, 'start'], {
      cwd: this.directory,
      env: { PATH, HOME, TMPDIR, PORT: '0', ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const from = this.printed.length;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.printed += text;
      });
    let running = true;
    this.child = child;
    this.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    void this.ended.then(() => {
      running = false;
    });
    const said = () => READY_LINE.exec(this.printed.slice(from))?.[1];
    await until(() => said() || !running, { what: 'the instance to say that it is ready', timeoutMs: READY_WITHIN_MS }).catch(() => null);
    const url = said();
    if (url === undefined) throw new Error(`the instance did not get ready:\n${this.printed.slice(from)}`);
    this.url = url;
  }

  async close(): Promise<void> {
    await this.kill();
    process.removeListener('exit', this.killAtExit);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** One request; never rejects: no answer within `timeoutMs` is status 0. Text is sent as it is, everything else as JSON. */
export async function send(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
  timeoutMs = 20_000,
): Promise<Answer> {
  const payload = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { method, headers: { ...type, ...headers }, signal, ...payload });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
  } catch (error) {
    return { status: 0, headers: new Headers(), text: String(error), body: {} };
  }
}
