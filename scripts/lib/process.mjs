import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The repository: every script works from here, wherever it was called. */
export const root = join(import.meta.dirname, '..', '..');

/** A failure with one line for a person; scripts print the line and no stack. */
export class ScriptError extends Error {
  name = 'ScriptError';
}

/** Script files of the tools we call: run with this very Node, so that neither a shell nor npx is needed. */
const TOOLS = {
  tsc: 'typescript/bin/tsc',
  prisma: 'prisma/build/index.js',
  biome: '@biomejs/biome/bin/biome',
  vitest: 'vitest/vitest.mjs',
};

/** Path of a tool in node_modules. Throws `ScriptError` when it is not installed. */
export function toolPath(tool) {
  const path = join(root, 'node_modules', TOOLS[tool]);
  if (!existsSync(path))
    throw new ScriptError(`${tool} is not installed; run "npm ci" (without --omit=dev, and with NODE_ENV not "production")`);
  return path;
}

/**
 * Runs a tool and collects what it prints; with `inherit` it prints for itself. Resolves to its exit code (1 when a signal ended
 * it) and output. After `timeoutMs` it is killed with all it started: a test that loops forever cannot time out by itself.
 */
export function runTool(tool, args, { inherit = false, environment = {}, timeoutMs = 300_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [toolPath(tool), ...args], {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: inherit ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32', // A process group of its own, so that its workers end with it.
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    const interrupt = (signal) => signalGroup(child, signal);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
    const timer = setTimeout(() => {
      const line = `${tool} was killed: it had not ended after ${timeoutMs / 1000} s\n`;
      if (inherit) process.stderr.write(line);
      output += line;
      signalGroup(child, 'SIGKILL');
    }, timeoutMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, interrupt);
      resolve({ code: code ?? 1, output });
    });
  });
}

function signalGroup(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  if (process.platform === 'win32' || child.pid === undefined) child.kill(signal);
  else process.kill(-child.pid, signal);
}

/** Runs a script's main function; any failure ends the process with code 1, a mistake of the caller's with its one line only. */
export async function runMain(name, main) {
  try {
    await main();
  } catch (error) {
    const isCallers = error instanceof ScriptError || error.code?.startsWith('ERR_PARSE_ARGS_');
    process.stderr.write(`${name}: ${isCallers ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}
