import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ScriptError } from './process.mjs';

const WAIT_MS_MAX = 180_000;

/** Runs `work` while no other process does, by a lock file that names its holder: the lock of a killed process is taken over. */
export async function withLock(file, work) {
  const deadline = performance.now() + WAIT_MS_MAX;
  while (!tryLock(file)) {
    const holder = readHolder(file);
    if (holder !== null && !isAlive(holder)) rmSync(file, { force: true });
    else if (performance.now() > deadline)
      throw new ScriptError(`process ${holder} has held ${file} for 3 minutes; end it, or remove the file`);
    else await delay(50);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** A hard link either appears with its content complete or not at all, unlike a file that is created and then written. */
function tryLock(file) {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function readHolder(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return null;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
