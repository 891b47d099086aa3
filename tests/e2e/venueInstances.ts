import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v4 as uuid } from 'uuid';
import { clusterEnvironment, type Environment, type Instance, startInstance } from '../helpers/instance.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import type { VenueKind, VenueServer } from '../helpers/venue/bench.ts';

export interface VenueInstances {
  serverOf(kind: VenueKind): VenueServer;
  instanceOf(kind: VenueKind): Instance;
  close(): Promise<void>;
}

/** The real process with the real ccxt, and each venue behind its own origin; one more for markets that share an address with another. */
export async function startVenueInstances(kinds: readonly VenueKind[], environment: Environment = {}): Promise<VenueInstances> {
  const servers = new Map<string, VenueServer>();
  const instances = new Map<string, Instance>();
  const start = async (group: readonly VenueKind[]): Promise<() => Promise<void>> => {
    const config: Record<string, { origins: Record<string, string> }> = {};
    for (const kind of group) {
      const server = await kind.start();
      servers.set(kind.title, server);
      config[kind.account.venue] = { origins: { ...config[kind.account.venue]?.origins, [kind.origin]: server.origin } };
    }
    const file = join(tmpdir(), `signalman-venues-${uuid()}.json`);
    writeFileSync(file, JSON.stringify(config));
    const database = await createTestDatabase({ durable: true });
    const own = { ...clusterEnvironment(), DATABASE_URL: database.url, CCXT_CONFIG: file, INSTANCE_ID: 'only' };
    const instance = await startInstance({ ...own, ...environment });
    for (const { title } of group) instances.set(title, instance);
    return async () => {
      await instance.close();
      await database.drop();
      rmSync(file);
    };
  };
  const closing = await Promise.all(byOrigin(kinds).map(start));
  return {
    serverOf: ({ title }) => started(title, servers),
    instanceOf: ({ title }) => started(title, instances),
    close: async () => {
      for (const close of closing) await close();
      for (const server of servers.values()) await server.close();
    },
  };
}

function started<T>(title: string, all: ReadonlyMap<string, T>): T {
  const found = all.get(title);
  if (found === undefined) throw new Error(`${title} was not started`);
  return found;
}

/** Groups in which every origin is there once. */
function byOrigin(kinds: readonly VenueKind[]): VenueKind[][] {
  const groups: VenueKind[][] = [];
  for (const kind of kinds) {
    const group = groups.find((one) => one.every(({ origin }) => origin !== kind.origin));
    if (group) group.push(kind);
    else groups.push([kind]);
  }
  return groups;
}
