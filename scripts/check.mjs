// npm run check: everything that needs no service, in seconds. A step prints its findings only when it fails.
import { availableParallelism } from 'node:os';
import { ensureClient } from './build.mjs';
import { findImportBreaches } from './lib/imports.mjs';
import { root, runMain, runTool } from './lib/process.mjs';

const STEP_TIMEOUT_MS = 180_000;

/** Longest first: with two at a time the whole then takes little more than the unit tests. */
const STEPS = [
  {
    name: 'unit tests',
    run: () => runTool('vitest', ['run', '--project', 'unit', '--reporter', 'dot', '--passWithNoTests'], { timeoutMs: STEP_TIMEOUT_MS }),
  },
  { name: 'types', run: () => runTool('tsc', ['-p', 'tsconfig.json']) },
  { name: 'format, lint, house rules', run: () => runTool('biome', ['check', '--max-diagnostics=100', '--error-on-warnings', '.']) },
  { name: 'import table', run: checkImports },
];

async function checkImports() {
  const breaches = await findImportBreaches(root);
  return { code: breaches.length > 0 ? 1 : 0, output: breaches.map((line) => `${line}\n`).join('') };
}

async function runStep(step) {
  const startedAt = performance.now();
  const { code, output } = await step.run();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (code !== 0) process.stdout.write(`\n${output.trimEnd()}\n\n`);
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${step.name} (${seconds} s)\n`);
  return { name: step.name, passed: code === 0 };
}

/** Runs the steps side by side, at most `width` at a time, in the order given. */
async function runSteps(steps, width) {
  const queue = [...steps];
  const results = [];
  const work = async () => {
    for (let step = queue.shift(); step; step = queue.shift()) results.push(await runStep(step));
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}

await runMain('check', async () => {
  const startedAt = performance.now();
  await ensureClient();
  const results = await runSteps(STEPS, Math.min(STEPS.length, Math.max(2, availableParallelism())));
  const failed = results.filter(({ passed }) => !passed).map(({ name }) => name);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`check: ${failed.length === 0 ? 'all passed' : `failed: ${failed.join('; ')}`} in ${seconds} s\n`);
  if (failed.length > 0) process.exitCode = 1;
});
