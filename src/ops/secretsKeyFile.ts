import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isSecretsKey, newSecretsKey } from './secrets.ts';

/** The key that seals, and beside it, one a line, the older ones that records may still be sealed with. */
const KEY_FILE = 'secrets.key';
const PREVIOUS_FILE = 'secrets.key.previous';

/**
 * The keys of an embedded installation, the one that seals first: files in `dataDir`, readable by their owner only. The first
 * call makes a key; several processes starting at once end up with the same one. Throws when a file holds something else.
 */
export function readKeyFiles(dataDir: string): string[] {
  const path = join(dataDir, KEY_FILE);
  if (readLines(path) === undefined) createKey(dataDir, path);
  const [current, ...more] = readLines(path) ?? [];
  if (current === undefined || more.length > 0) throw notKeys(path);
  const previous = readLines(join(dataDir, PREVIOUS_FILE)) ?? [];
  return [current, ...previous.filter((key) => key !== current)];
}

/**
 * Makes a new key the one that seals. The old one is on disk as a previous key before the new one takes its place: whenever
 * this is cut short, the files hold every key that anything was sealed with.
 */
export function renewKeyFile(dataDir: string): void {
  const keys = readKeyFiles(dataDir);
  replaceFile(join(dataDir, PREVIOUS_FILE), keys);
  replaceFile(join(dataDir, KEY_FILE), [newSecretsKey()]);
}

/** Forgets all keys but the one that seals. True when there was one to forget. */
export function dropPreviousKeys(dataDir: string): boolean {
  const found = readKeyFiles(dataDir).length > 1;
  rmSync(join(dataDir, PREVIOUS_FILE), { force: true });
  syncDirectory(dataDir);
  return found;
}

/** Undefined when there is no such file. */
function readLines(path: string): string[] | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const lines = text.trim().split(/\s*\n\s*/);
  if (!lines.every(isSecretsKey)) throw notKeys(path);
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return lines;
}

function notKeys(path: string): Error {
  return new Error(`${path} does not hold 32 bytes in base64; restore it from a backup`);
}

/** Written whole under another name and then linked: the key is never seen half, and the first of several wins. */
function createKey(dataDir: string, path: string): void {
  mkdirSync(dataDir, { recursive: true });
  const draft = writeDraft(path, [newSecretsKey()]);
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  syncDirectory(dataDir);
}

function replaceFile(path: string, lines: readonly string[]): void {
  renameSync(writeDraft(path, lines), path);
  syncDirectory(dirname(path));
}

function writeDraft(path: string, lines: readonly string[]): string {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, `${lines.join('\n')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return draft;
}

/** A rename is on disk only when its directory is. */
function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
