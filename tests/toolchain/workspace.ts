import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const repository = join(import.meta.dirname, '..', '..');

/** What the scripts read of the repository, besides the code they judge. */
const TOOLING = [
  'scripts/build.mjs',
  'scripts/check.mjs',
  'scripts/test.mjs',
  'scripts/lib',
  '.dependency-cruiser.mjs',
  '.gitignore',
  'biome.json',
  'package.json',
  'package-lock.json',
  'prisma.config.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'vitest.config.ts',
];

const SCHEMA = `generator client {
  provider = "prisma-client"
  output   = "../../src/ledger/generated"
}

datasource db {
  provider = "postgresql"
}

model Note {
  id Int @id
}
`;

export interface Workspace {
  readonly directory: string;
  write(files: Readonly<Record<string, string>>): void;
  /** Runs a script of the workspace; `CI` is unset unless given. */
  run(script: string, args?: readonly string[], environment?: Readonly<Record<string, string>>): Promise<ScriptResult>;
  remove(): void;
}

export interface ScriptResult {
  readonly code: number | null;
  readonly output: string;
}

/** A copy of the repository's tooling around other code: the scripts run there as they run here. */
export function createWorkspace(files: Readonly<Record<string, string>>): Workspace {
  const directory = mkdtempSync(join(tmpdir(), 'signalman-toolchain-'));
  for (const name of TOOLING) cpSync(join(repository, name), join(directory, name), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(directory, 'node_modules'));
  const write = (more: Readonly<Record<string, string>>): void => {
    for (const [path, content] of Object.entries(more)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
  };
  write({ 'prisma/schema/schema.prisma': SCHEMA, ...files });
  return {
    directory,
    write,
    run: (script, args = [], environment = {}) => runScript(directory, script, args, environment),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function runScript(
  directory: string,
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<ScriptResult> {
  // The variables vitest sets for its own workers would make a vitest inside think it is one of them.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_ENV$|CI$|TEST$|MODE$|DEV$|PROD$|SSR$|BASE_URL$)/.test(name),
  );
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(directory, 'scripts', script), ...args], {
      cwd: directory,
      env: { ...Object.fromEntries(inherited), NO_COLOR: '1', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
