import { answerOf } from './apiClient.ts';
import type { CliCall } from './command.ts';
import type { Terminal } from './terminal.ts';

/** The API in the name of somebody who has just signed in. */
export interface PersonApi {
  send<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T>;
}

const SESSION = '/api/v1/session';

/** For what no token may do: signs somebody in with password and second factor, and out again when `work` is over. */
export async function asPerson<T>({ api, terminal }: CliCall, email: string, work: (person: PersonApi) => Promise<T>): Promise<T> {
  const credentials = { email, ...(await askCredentials(terminal, email)) };
  const request = (method: string, path: string, headers: Record<string, string>, body?: unknown): Promise<Response> => {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    return api.fetch(path, { method, headers: { accept: 'application/json', 'content-type': 'application/json', ...headers }, ...content });
  };
  const opened = await request('POST', SESSION, {}, credentials);
  const cookies = opened.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
  const { csrfToken } = await answerOf<{ csrfToken: string }>(opened, api.url);
  const signedIn = { cookie: cookies.join('; '), 'x-csrf-token': csrfToken };
  try {
    return await work({ send: async (method, path, body) => answerOf(await request(method, path, signedIn, body), api.url) });
  } finally {
    await request('DELETE', SESSION, signedIn);
  }
}

/** Typed unseen; or, without a terminal, the first two lines of standard input. */
async function askCredentials(terminal: Terminal, email: string): Promise<{ password: string; totp?: string }> {
  const [password = '', code = ''] = terminal.interactive
    ? [
        await terminal.askSecret(`Password of ${email}: `),
        await terminal.askSecret('Code of the authenticator app (empty if there is none): '),
      ]
    : (await terminal.readAll()).split(/\r?\n/);
  return { password, ...(code.trim() === '' ? {} : { totp: code.trim() }) };
}
