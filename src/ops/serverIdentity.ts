import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './postgresBinaries.ts';

/** Whom the server runs as. Postgres refuses to run as root. */
export type ServerIdentity =
  | { readonly kind: 'ourselves' }
  | { readonly kind: 'user'; readonly name: string; readonly uid: number; readonly gid: number }
  /** Root outside, an ordinary user inside a user namespace: reaches what only root may, such as an installation under /root. */
  | { readonly kind: 'namespace' };

type OtherUser = Extract<ServerIdentity, { kind: 'user' }>;

const CANDIDATES = ['postgres', 'nobody'];
/** Of util-linux 2.36 and later; any number but 0 serves. */
const NAMESPACE = ['unshare', '--user', '--map-user=1000', '--map-group=1000', '--'] as const;

const run = promisify(execFile);

/**
 * Ourselves, unless we are root: then the owner of the data there is, or for new data a user who can reach both `program` and
 * `dataDirectory`, or a namespace when none can. Throws `EmbeddedPostgresError` naming what is in the way.
 */
export async function chooseIdentity(program: string, dataDirectory: string): Promise<ServerIdentity> {
  if (process.getuid?.() !== 0) return { kind: 'ourselves' };
  const owner = existsSync(dataDirectory) ? statSync(dataDirectory) : null;
  if (owner && owner.uid !== 0) return { kind: 'user', name: nameOf(owner.uid), uid: owner.uid, gid: owner.gid };
  const candidate = CANDIDATES.map(userCalled).find((user) => user !== null);
  const hindrance = candidate ? (obstacle(candidate, program) ?? obstacle(candidate, dataDirectory)) : 'There is no user to run it as.';
  if (candidate && hindrance === null && !owner) return candidate;
  if (await namespacesWork()) return { kind: 'namespace' };
  throw new EmbeddedPostgresError(
    hindrance ?? `Postgres does not run as root, and ${dataDirectory} belongs to root; give it to another user (chown -R postgres).`,
  );
}

/** The command line that runs `program` under the identity, and what to give to `child_process` with it. */
export function commandAs(
  identity: ServerIdentity,
  program: string,
  args: readonly string[],
): { file: string; args: string[]; options: { uid?: number; gid?: number } } {
  switch (identity.kind) {
    case 'ourselves':
      return { file: program, args: [...args], options: {} };
    case 'user':
      return { file: program, args: [...args], options: { uid: identity.uid, gid: identity.gid } };
    case 'namespace': {
      const [file, ...prefix] = NAMESPACE;
      return { file, args: [...prefix, program, ...args], options: {} };
    }
  }
}

/** What keeps the server from `path`, with the cure; null when nothing does. Access control lists are not looked at. */
export function obstacle(identity: ServerIdentity, path: string): string | null {
  if (identity.kind !== 'user') return null;
  const closed = ancestors(path).find((directory) => existsSync(directory) && !mayEnter(identity, directory));
  if (closed === undefined) return null;
  return (
    `Started by root, Postgres runs as user "${identity.name}", who may not enter ${closed} on the way to ${path}. ` +
    `Allow it (chmod a+x ${closed}), move the installation or DATA_DIR, start as a normal user, or set DATABASE_URL.`
  );
}

function mayEnter(user: OtherUser, path: string): boolean {
  const { mode, uid, gid } = statSync(path);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0;
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...ancestors(parent), path];
}

async function namespacesWork(): Promise<boolean> {
  const [file, ...prefix] = NAMESPACE;
  return run(file, [...prefix, 'true']).then(
    () => true,
    () => false,
  );
}

function userCalled(name: string): OtherUser | null {
  const [, , uid, gid] = passwd().find((fields) => fields[0] === name) ?? [];
  return uid !== undefined && gid !== undefined ? { kind: 'user', name, uid: Number(uid), gid: Number(gid) } : null;
}

function nameOf(uid: number): string {
  return passwd().find((fields) => fields[2] === String(uid))?.[0] ?? `#${uid}`;
}

function passwd(): string[][] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
}
