// node scripts/soak.mjs [--minutes 10] [--seed N]: three instances on one Postgres and one Redis, constant alerts, and every
// quarter of a minute a random fault; then peace, and a look at whether every promise was kept exactly once. Ends with 1 when not.
import { parseArgs } from 'node:util';
import { ensureClient } from './build.mjs';
import { runMain, runTool, ScriptError } from './lib/process.mjs';

const AFTERWARDS_MS = 600_000;

await runMain('soak', async () => {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 24 * 60)) throw new ScriptError('--minutes takes a number above 0, a day at most');
  if (values.seed !== undefined && !/^\d{1,9}$/.test(values.seed)) throw new ScriptError('--seed takes a whole number');
  await ensureClient();
  const environment = { SOAK_MINUTES: String(minutes), ...(values.seed === undefined ? {} : { SOAK_SEED: values.seed }) };
  const args = ['run', '--project', 'faults', '--retry', '0', 'tests/faults/soak.test.ts'];
  const { code } = await runTool('vitest', args, { inherit: true, environment, timeoutMs: minutes * 60_000 + AFTERWARDS_MS });
  if (code !== 0) process.exitCode = 1;
});
