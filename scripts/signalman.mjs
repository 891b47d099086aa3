#!/usr/bin/env node
// The `signalman` command: builds dist/ if it is missing or stale (in a checkout; an image brings it along), then hands over to it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const build = new URL('./build.mjs', import.meta.url);
const command = new URL('../dist/cli/signalman.js', import.meta.url);

if (existsSync(fileURLToPath(build))) {
  const { ensureDist } = await import(build.href);
  // Nothing but the command's own output may go to stdout: `signalman … --json | jq` must work on the first call too.
  await withStdoutOnStderr(ensureDist);
}
const { main } = await import(command.href);
await main();

async function withStdoutOnStderr(work) {
  const write = process.stdout.write;
  process.stdout.write = process.stderr.write.bind(process.stderr);
  try {
    await work();
  } catch (error) {
    process.stderr.write(`signalman: ${error.message}\n`);
    process.exit(1);
  } finally {
    process.stdout.write = write;
  }
}
