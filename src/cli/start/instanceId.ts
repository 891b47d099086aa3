import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { isAlive } from '../../ops/fileLock.ts';
import { holderOf, instanceOf } from '../../ops/holder.ts';

/** Who this process is. */
export interface InstanceName {
  /** In logs, metrics and /cluster. */
  readonly id: string;
  /** In the lease; of this process alone. */
  readonly holder: string;
  /** The holder of this instance's last process when that is known to be dead, so that its lease need not run out; else null. */
  readonly predecessor: string | null;
}

/**
 * Names this process. On the embedded database, which only processes of this machine can use, a file remembers the last one:
 * its name lives on, and after a `kill -9` the restart leads at once. Anywhere else nobody can tell dead from out of reach.
 */
export function nameInstance({ instance, database }: Config): InstanceName {
  if (database.url !== null) return named(instance.id ?? freshId(), null);
  const path = join(database.dataDir, 'instance');
  const [last, pid] = readLines(path);
  if (last !== undefined && Number(pid) !== process.pid && isAlive(Number(pid))) return named(instance.id ?? freshId(), null);
  const name = named(instance.id ?? (last === undefined ? freshId() : instanceOf(last)), last ?? null);
  mkdirSync(database.dataDir, { recursive: true });
  writeFileSync(path, `${name.holder}\n${process.pid}\n`);
  return name;
}

function named(id: string, predecessor: string | null): InstanceName {
  return { id, holder: holderOf(id), predecessor };
}

function freshId(): string {
  return `${hostname()}-${randomBytes(3).toString('hex')}`;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trim().split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
