import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkspace, type Workspace } from './workspace.ts';

const PASSING = "import { expect, it } from 'vitest';\n\nit('adds', () => {\n  expect(1 + 1).toBe(2);\n});\n";
const FAILING = "import { expect, it } from 'vitest';\n\nit('is wrong', () => {\n  expect(1).toBe(2);\n});\n";
const SKIPPING =
  "import { describe, it } from 'vitest';\n\ndescribe.skipIf(true)('Redis', () => {\n  it('stores', () => undefined);\n});\n";

describe('npm test', () => {
  let workspace: Workspace;
  const lastLine = (output: string): string | undefined => output.trimEnd().split('\n').at(-1);
  const test = (environment: Readonly<Record<string, string>> = {}) => workspace.run('test.mjs', ['--project', 'unit'], environment);

  beforeEach(() => {
    workspace = createWorkspace({ 'src/adds.test.ts': PASSING });
  });
  afterEach(() => workspace.remove());

  it('ends with the count, once, and succeeds when nothing failed', async () => {
    const { code, output } = await test();
    expect(lastLine(output)).toBe('1 passed, 0 failed, 0 skipped');
    expect(output.match(/\d+ passed, \d+ failed, \d+ skipped/g)).toHaveLength(1);
    expect(code).toBe(0);
  });

  it('counts failed tests and files that do not load', async () => {
    workspace.write({ 'src/wrong.test.ts': FAILING, 'src/broken.test.ts': "import './missing.ts';\n" });
    const { code, output } = await test();
    expect(lastLine(output)).toBe('1 passed, 2 failed, 0 skipped');
    expect(code).toBe(1);
  });

  it('lets a skipped suite pass, but not with CI=true, where it is named', async () => {
    workspace.write({ 'src/redis.test.ts': SKIPPING });
    const local = await test();
    expect(lastLine(local.output)).toBe('1 passed, 0 failed, 1 skipped');
    expect(local.code).toBe(0);
    const ci = await test({ CI: 'true' });
    expect(ci.output).toMatch(/With CI=true nothing may be skipped, but these were:\n {2}src\/redis\.test\.ts: Redis stores\n/);
    expect(lastLine(ci.output)).toBe('1 passed, 0 failed, 1 skipped');
    expect(ci.code).toBe(1);
  });

  it('fails when something outside the tests breaks, such as an unhandled rejection', async () => {
    workspace.write({ 'src/leaks.test.ts': `${PASSING}\nvoid Promise.reject(new Error('nobody waits'));\n` });
    const { code, output } = await test();
    expect(output).toMatch(/nobody waits/);
    expect(lastLine(output)).toBe('2 passed, 1 failed, 0 skipped');
    expect(code).toBe(1);
  });

  it('passes arguments on to vitest', async () => {
    workspace.write({ 'src/wrong.test.ts': FAILING });
    const { code, output } = await workspace.run('test.mjs', ['--project', 'unit', 'src/adds.test.ts']);
    expect(lastLine(output)).toBe('1 passed, 0 failed, 0 skipped');
    expect(code).toBe(0);
  });
});
