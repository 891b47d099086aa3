import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MS = 25;

/** The last holder or waiter per path in this process; the file keeps other processes out. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `work` while nobody else does so under the same `path`, in this or another process. A lock left by a killed process is
 * taken over: when its process is gone, when it is our own number (numbers repeat in a restarted container), or after
 * `maxAgeMs`, which must exceed the longest `work`. Two processes taking over in the same instant can both get in, so `work`
 * must be harmless then.
 */
export async function withFileLock<T>(path: string, maxAgeMs: number, work: () => Promise<T>): Promise<T> {
  const underLock = async () => {
    while (!tryLock(path)) {
      if (isStale(path, maxAgeMs)) rmSync(path, { force: true });
      else await delay(RETRY_MS);
    }
    try {
      return await work();
    } finally {
      rmSync(path, { force: true });
    }
  };
  const mine = (queues.get(path) ?? Promise.resolve()).then(underLock, underLock);
  queues.set(path, mine);
  try {
    return await mine;
  } finally {
    if (queues.get(path) === mine) queues.delete(path);
  }
}

function tryLock(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(path: string, maxAgeMs: number): boolean {
  try {
    const holder = Number(readFileSync(path, 'utf8'));
    if (Date.now() - statSync(path).mtimeMs > maxAgeMs) return true;
    return holder > 0 && (holder === process.pid || !isAlive(holder));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false; // Freed between the two looks.
    throw error;
  }
}

/** Whether a process of that number exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
