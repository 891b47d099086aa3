import type { Config } from '../../config/config.ts';
import type { ApiClient } from '../apiClient.ts';
import { CliError } from '../cliError.ts';
import { type Finding, fail, fine, warn } from './finding.ts';
import { portIsFree } from './machine.ts';

interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail: string | null }>>;
}

/** Whether a healthy instance answers, or else whether one could start here. */
export async function checkInstance(api: ApiClient, { http }: Config): Promise<{ findings: Finding[]; running: boolean }> {
  const health = await ask(api, '/health');
  if (health === null) return { findings: [await checkPort(http.host, http.port)], running: false };
  if (!isSignalman(health)) {
    const advice = 'Stop that program, or set PORT to a free port.';
    return { findings: [fail('instance', `another program answers at ${api.url}`, advice)], running: false };
  }
  const up = fine('instance', `${health.instance} (version ${health.version}) answers at ${api.url}`);
  return { findings: [up, await checkReadiness(api)], running: true };
}

async function checkPort(host: string, port: number): Promise<Finding> {
  if (await portIsFree(host, port)) return fine('port', `${host}:${port} is free; nothing runs there yet (npm start)`);
  return fail('port', `${host}:${port} is taken, and not by Signalman`, 'Stop that program, or set PORT to a free port.');
}

async function checkReadiness(api: ApiClient): Promise<Finding> {
  const readiness = (await ask(api, '/ready')) as Readiness | null;
  if (readiness?.ready) return fine('readiness', 'a command could be stored now');
  const failing = Object.entries(readiness?.checks ?? {}).flatMap(([name, { ok, detail }]) =>
    ok ? [] : [`${name} (${detail ?? 'failed'})`],
  );
  return fail('readiness', failing.join(', ') || 'no answer', "Look at the instance's log; it recovers by itself once this is cured.");
}

const ADVICE_OF_ACCOUNT =
  'Make a key at the venue that may only trade, bound to your address, and add the account anew; synchronise the clock (NTP).';

/** Every account, tested at its venue by the leader. */
export async function checkAccounts(api: ApiClient): Promise<Finding[]> {
  try {
    const { items } = await api.get<{ items: { id: string; name: string; venue: string }[] }>('/api/v1/accounts?limit=200');
    if (items.length === 0) return [warn('accounts', 'there is none', 'signalman account add main --venue paper')];
    return await Promise.all(items.map((account) => checkAccount(api, account)));
  } catch (error) {
    if (error instanceof CliError) return [fail('accounts', error.message, 'Set ADMIN_API_TOKEN as the instance has it.')];
    throw error;
  }
}

async function checkAccount(api: ApiClient, { id, name, venue }: { id: string; name: string; venue: string }): Promise<Finding> {
  const check = `account ${name}`;
  try {
    const result = await api.send<{ ok: boolean; checks: { name: string; ok: boolean; detail: string }[] }>(
      'POST',
      `/api/v1/accounts/${encodeURIComponent(id)}/test`,
      {},
    );
    const found = result.checks.filter(({ ok }) => !ok).map((wrong) => `${wrong.name}: ${wrong.detail}`);
    if (!result.ok) return fail(check, found.join('; '), `signalman account test ${name}`);
    // Trading would work, but the key may do more than it should, or the clock is off.
    if (found.length > 0) return warn(check, `${venue} answers, but ${found.join('; ')}`, ADVICE_OF_ACCOUNT);
    const rights = result.checks.filter((passed) => passed.name === 'withdrawals').map(({ detail }) => `; ${detail}`);
    return fine(check, `${venue} answers${rights.join('')}`);
  } catch (error) {
    if (error instanceof CliError) return fail(check, error.message, `signalman account test ${name}`);
    throw error;
  }
}

/** Hooks that demand a client certificate while nothing verifies one refuse everything. */
export async function checkHooks(api: ApiClient, { http }: Config): Promise<Finding[]> {
  if (http.clientCertHeaders !== null || http.tls?.clientCa) return [];
  try {
    const { items } = await api.get<{ items: { name: string; layers: string[]; enabled: boolean }[] }>('/api/v1/hooks?limit=200');
    const shut = items.filter(({ layers, enabled }) => enabled && layers.includes('mtls'));
    const advice =
      'Set TLS_CERT, TLS_KEY and TLS_CLIENT_CA, or CLIENT_CERT_SUBJECT_HEADER behind a proxy that verifies (docs/webhook-security.md).';
    return shut.map(({ name }) => fail(`hook ${name}`, 'demands a client certificate, and nothing here verifies one', advice));
  } catch (error) {
    if (error instanceof CliError) return [fail('hooks', error.message, 'Set ADMIN_API_TOKEN as the instance has it.')];
    throw error;
  }
}

/** A JSON answer; an empty one for anything else; null when nobody answers. */
async function ask(api: ApiClient, path: string): Promise<unknown> {
  let response: Response;
  try {
    response = await api.fetch(path);
  } catch (error) {
    if (error instanceof CliError) return null;
    throw error;
  }
  return response.json().catch(() => ({}));
}

function isSignalman(health: unknown): health is { instance: string; version: string } {
  return typeof health === 'object' && health !== null && 'instance' in health && 'version' in health;
}
