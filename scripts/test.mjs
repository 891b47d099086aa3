// npm test: every test. Arguments go to vitest (`npm test -- --project unit src/domain`). The last line is always the count.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ensureClient, ensureDist } from './build.mjs';
import { root, runMain, runTool } from './lib/process.mjs';

const TIMEOUT_MS = 3_600_000;
const reportFile = join(root, `.test/report-${process.pid}.json`);

/** Counts of vitest's JSON report. A file that failed to load holds no test, yet counts as one failed. */
function count(report) {
  const brokenFiles = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function skippedTests(report) {
  return report.testResults.flatMap((file) =>
    file.assertionResults
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(({ fullName }) => `${relative(root, file.name)}: ${fullName}`),
  );
}

await runMain('test', async () => {
  // Tests that run the program find it built, instead of waiting for the build within their own time.
  await (process.argv.length > 2 ? ensureClient() : ensureDist());
  mkdirSync(dirname(reportFile), { recursive: true });
  const args = ['run', '--reporter', 'default', '--reporter', 'json', '--outputFile.json', reportFile, ...process.argv.slice(2)];
  const { code } = await runTool('vitest', args, { inherit: true, timeoutMs: TIMEOUT_MS });
  const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : null;
  rmSync(reportFile, { force: true });
  const counts = report === null ? { passed: 0, failed: 0, skipped: 0 } : count(report);
  let failed = code !== 0;
  if (failed && counts.failed === 0) {
    process.stdout.write(`vitest ended with code ${code} though no test failed: see its output above\n`);
    counts.failed = 1;
  }
  if (process.env.CI === 'true' && counts.skipped > 0) {
    process.stdout.write(
      `With CI=true nothing may be skipped, but these were:\n${skippedTests(report)
        .map((line) => `  ${line}\n`)
        .join('')}`,
    );
    failed = true;
  }
  if (failed) process.exitCode = 1;
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
});
