import { onTestFailed, onTestFinished } from 'vitest';
import { type Answer, clusterEnvironment, type Environment, type Instance, send, startInstance } from './instance.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';
import { until } from './until.ts';

export interface ClusterOptions {
  /** `INSTANCE_ID` of each; may repeat. */
  readonly names: readonly string[];
  /** For all of them. */
  readonly environment?: Environment;
  /** For the one of that place only. */
  readonly environments?: readonly Environment[];
}

/** Real processes on one database, with a paper account and a hook that trades on it. Ends with the running test. */
export interface Cluster {
  readonly database: TestDatabase;
  readonly instances: readonly Instance[];
  /** What all of them were started with. */
  readonly environment: Environment;
  named(name: string): Instance;
  /** Path of the hook; the same on every instance. */
  readonly hookPath: string;
}

export const LEASE_TTL_MS = 2_000;

/** Waits for the first leader and creates what alerts need, unless `bare`. */
export async function openCluster({
  names,
  environment = {},
  environments = [],
  bare = false,
}: ClusterOptions & { bare?: boolean }): Promise<Cluster> {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const shared = { ...clusterEnvironment(), DATABASE_URL: database.url, LEASE_TTL_MS: String(LEASE_TTL_MS), ...environment };
  const instances = await Promise.all(
    names.map(async (name, place) => {
      const instance = await startInstance({ ...shared, INSTANCE_ID: name, ...environments[place] });
      onTestFinished(() => instance.close());
      return instance;
    }),
  );
  onTestFailed(() => {
    for (const instance of instances) process.stderr.write(`…${instance.output().slice(-4_000)}\n`);
  });
  const named = (name: string): Instance => {
    const instance = instances[names.indexOf(name)];
    if (!instance) throw new Error(`there is no instance ${name}`);
    return instance;
  };
  const [first] = instances;
  return { database, instances, environment: shared, named, hookPath: bare || !first ? '' : await createHook(first) };
}

async function createHook(instance: Instance): Promise<string> {
  await created(instance, '/api/v1/accounts', { name: 'main', venue: 'paper' });
  const { key } = await created(instance, '/api/v1/hooks', { name: 'tv', accounts: ['main'], maxAgeSec: 600 });
  return `/hooks/${String(key)}`;
}

export async function created(instance: Instance, path: string, body: Record<string, unknown>): Promise<Record<string, unknown>> {
  const answer = await instance.call('POST', path, body);
  if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`);
  return answer.body;
}

export function alert(cluster: Cluster, instance: Instance, id: string, fields: Record<string, unknown> = {}): Promise<Answer> {
  return send(instance.url + cluster.hookPath, 'POST', { id, action: 'buy', symbol: 'BTCUSDT', quantity: '0.01', ...fields });
}

export interface LeaseRow {
  readonly holder: string;
  readonly epoch: number;
  /** By the database's clock. */
  readonly held: boolean;
}

export async function leaseOf({ database }: Pick<Cluster, 'database'>): Promise<LeaseRow> {
  const { rows } = await database.pool.query<LeaseRow>(
    'SELECT holder, epoch::int, expires_at > clock_timestamp() AS held FROM leader_lease',
  );
  if (!rows[0]) throw new Error('there is no lease');
  return rows[0];
}

/** Name of the instance that holds the lease now. */
export function leader(cluster: Pick<Cluster, 'database'>, other: string | null = null): Promise<string> {
  const looked = async (): Promise<string | null> => {
    const { holder, held } = await leaseOf(cluster);
    const name = holder.replace(/#.*$/, '');
    return held && name !== other ? name : null;
  };
  return until(looked, { what: 'a leader', timeoutMs: 15_000 });
}

/** Kinds of Postgres sessions of an instance, without those of its past: `lease`, `log`, `reader`, `writer`. */
export async function sessionsOf({ database }: Pick<Cluster, 'database'>, name: string): Promise<Set<string>> {
  const { rows } = await database.pool.query<{ kind: string }>(
    `SELECT substr(application_name, length($1) + 12) AS kind FROM pg_stat_activity
     WHERE datname = current_database() AND starts_with(application_name, 'signalman ' || $1 || ' ')`,
    [name],
  );
  return new Set(rows.map(({ kind }) => kind));
}
