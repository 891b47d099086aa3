import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { isAlive } from '../../ops/fileLock.ts';

/**
 * Who this instance is in leases, logs and /cluster. On the embedded database the name outlives the process: a restart after
 * `kill -9` is the same holder and leads at once, instead of waiting for its own old lease to run out.
 */
export function instanceIdOf(config: Config): string {
  const { id } = config.instance;
  if (id !== null) return id;
  if (config.database.url !== null) return freshId();
  const path = join(config.database.dataDir, 'instance');
  const [known, pid] = readLines(path);
  const inUse = known !== undefined && isAlive(Number(pid)) && Number(pid) !== process.pid;
  const chosen = known !== undefined && !inUse ? known : freshId();
  mkdirSync(config.database.dataDir, { recursive: true });
  if (!inUse) writeFileSync(path, `${chosen}\n${process.pid}\n`);
  return chosen;
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
