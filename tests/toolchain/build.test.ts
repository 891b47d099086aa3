import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorkspace, type Workspace } from './workspace.ts';

const MODEL = '\nmodel Extra {\n  id Int @id\n}\n';

describe('npm run build', () => {
  let workspace: Workspace;
  const path = (name: string): string => join(workspace.directory, name);
  const build = (...args: string[]) => workspace.run('build.mjs', args);

  beforeEach(() => {
    workspace = createWorkspace({
      'src/main.ts': 'export const answer: number = 42;\n',
      'src/main.test.ts': "import { it } from 'vitest';\n\nit('runs', () => undefined);\n",
      'src/ledger/sql/insert.sql': 'SELECT 1;\n',
    });
  });
  afterEach(() => workspace.remove());

  it('builds the client, the code and its assets, without tests; then has nothing to do', async () => {
    const first = await build();
    expect(first.output).toMatch(/built Prisma client in .*\nbuilt dist in /);
    expect(first.code).toBe(0);
    for (const file of ['dist/main.js', 'dist/main.js.map', 'dist/ledger/sql/insert.sql', 'dist/ledger/generated/client.js'])
      expect(existsSync(path(file)), file).toBe(true);
    expect(existsSync(path('dist/main.test.js'))).toBe(false);
    expect(await build()).toEqual({ code: 0, output: '' });
  });

  it('makes only the client when only the client is asked for', async () => {
    expect((await build('--client-only')).output).toMatch(/^built Prisma client in \S+ s\n$/);
    expect(existsSync(path('src/ledger/generated/client.ts'))).toBe(true);
    expect(existsSync(path('dist'))).toBe(false);
  });

  it('follows a changed schema, a changed source, a removed source and a lost output', async () => {
    await build();
    workspace.write({ 'prisma/schema/extra.prisma': MODEL });
    expect((await build()).output).toMatch(/built Prisma client .*\nbuilt dist /);
    workspace.write({ 'src/main.ts': 'export const answer: number = 43;\n', 'src/extra.ts': 'export const extra = 1;\n' });
    expect((await build()).output).toMatch(/^built dist /);
    expect(readFileSync(path('dist/main.js'), 'utf8')).toContain('43');
    rmSync(path('src/extra.ts'));
    await build();
    expect(existsSync(path('dist/extra.js'))).toBe(false);
    rmSync(path('dist'), { recursive: true });
    expect((await build()).output).toMatch(/^built dist /);
  });

  it('rebuilds a fresh tree when forced', async () => {
    await build();
    expect((await build('--force')).output).toMatch(/built Prisma client .*\nbuilt dist /);
  });

  it('does the work once when several processes start at the same time', async () => {
    const results = await Promise.all([build(), build(), build()]);
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
    const printed = results.map(({ output }) => output).join('');
    expect(printed.match(/built Prisma client/g)).toHaveLength(1);
    expect(printed.match(/built dist/g)).toHaveLength(1);
  });

  it('takes over the lock of a process that was killed', async () => {
    workspace.write({ '.build.lock': String(await endedProcessId()) });
    expect((await build()).code).toBe(0);
    expect(existsSync(path('.build.lock'))).toBe(false);
  });

  it('keeps the last good dist when the code has a mistake, and says so in one line', async () => {
    await build();
    const before = statSync(path('dist/main.js')).mtimeMs;
    workspace.write({ 'src/main.ts': "export const answer: number = 'text';\n" });
    const result = await build();
    expect(result.code).toBe(1);
    expect(result.output).toMatch(/src\/main\.ts\(1,14\): error TS2322/);
    expect(result.output).toMatch(/\nbuild: TypeScript found mistakes \(see above\); dist is left as it was\n$/);
    expect(statSync(path('dist/main.js')).mtimeMs).toBe(before);
  });

  it('names a schema that is wrong and an option that does not exist, without a stack', async () => {
    workspace.write({ 'prisma/schema/extra.prisma': 'model Extra {\n  id Nothing\n}\n' });
    const schema = await build('--client-only');
    expect(schema.code).toBe(1);
    expect(schema.output).toMatch(/Nothing/);
    expect(schema.output).toMatch(/\nbuild: the Prisma client could not be generated from prisma\/schema \(see above\)\n$/);
    expect(await build('--fast')).toEqual({ code: 1, output: 'build: unknown option --fast; there are --client-only and --force\n' });
  });
});

async function endedProcessId(): Promise<number | undefined> {
  const child = spawn(process.execPath, ['--eval', '']);
  await once(child, 'exit');
  return child.pid;
}
