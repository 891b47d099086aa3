import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './fileLock.ts';

/** What a Postgres server says of itself in `postmaster.pid` (source: src/include/utils/pidfile.h of Postgres). */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

const LINE = { pid: 0, port: 3, status: 7 } as const;

/** Null when there is no such file, or it is only half written. */
export function readPostmaster(dataDirectory: string): Postmaster | null {
  const lines = readIfThere(join(dataDirectory, 'postmaster.pid'))?.split('\n');
  const pid = Number(lines?.[LINE.pid]);
  if (!lines || !(pid > 0)) return null;
  return { pid, port: Number(lines[LINE.port] ?? 0), ready: lines[LINE.status]?.trim() === 'ready' };
}

/**
 * Whether process `pid` really is a server of this directory, and not a stranger with a number used again (usual after the
 * restart of a container) or a dead one nobody has collected. Every server process works in its data directory; where that
 * cannot be looked up, being alive must do.
 */
export function servesDirectory(pid: number, dataDirectory: string): boolean {
  return process.platform === 'linux' ? workingDirectory(pid) === realpathSync(dataDirectory) : isAlive(pid);
}

/**
 * Removes a `postmaster.pid` that would keep Postgres from starting: one whose number now belongs to a stranger. It stays as
 * long as any process works in the directory, because a child that outlived its server may still write there; and when the
 * number is free, because Postgres then clears it itself, after checks of its own.
 */
export function removeIfStale(pid: number, dataDirectory: string): void {
  if (process.platform !== 'linux' || !isAlive(pid)) return;
  if (serverProcesses(dataDirectory).length === 0) rmSync(join(dataDirectory, 'postmaster.pid'), { force: true });
}

/** Numbers of all processes that work in the directory (Linux only). */
export function serverProcesses(dataDirectory: string): number[] {
  const directory = realpathSync(dataDirectory);
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.map(Number).filter((pid) => workingDirectory(pid) === directory);
}

/** Null for a process that is gone, is a zombie, or belongs to somebody else. */
function workingDirectory(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
