import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkspace, type ScriptResult, type Workspace } from './workspace.ts';

/** A small tree that keeps every rule. */
const CLEAN = {
  'src/lib/identity.ts': 'export const identity = <T>(value: T): T => value;\n',
  'src/domain/price.ts':
    "import { Decimal } from 'decimal.js';\nimport { identity } from '../lib/identity.ts';\n\nexport const price = identity(new Decimal(1));\nexport const opened = new Date(0);\n",
  'src/commandlog/commandLog.ts': 'export interface CommandLog {\n  lag(): number;\n}\n',
  'src/commandlog/redisCommandLog.ts':
    "import type { Redis } from 'ioredis';\nimport type { CommandLog } from './commandLog.ts';\n\nexport const redisCommandLog = (redis: Redis): CommandLog => ({ lag: () => redis.status.length });\n",
  'src/engine/handle.ts':
    "import type { CommandLog } from '../commandlog/commandLog.ts';\nimport { price } from '../domain/price.ts';\n\nexport const handle = (log: CommandLog): string => [log.lag(), price.toFixed()].join(' ');\n",
  'src/engine/handle.test.ts':
    "import { setTimeout as delay } from 'node:timers/promises';\nimport { expect, it } from 'vitest';\nimport { handle } from './handle.ts';\n\nit('counts', async () => {\n  await delay(1);\n  expect(handle({ lag: () => 2 })).toBe('2 1');\n});\n",
  'src/main.ts':
    "import { redisCommandLog } from './commandlog/redisCommandLog.ts';\nimport { handle } from './engine/handle.ts';\n\nexport const wiring = [handle, redisCommandLog];\n",
};

/** One breach of each kind: the file that commits it, and the words in which the check must report it. */
const BREACHES: readonly { readonly name: string; readonly files: Readonly<Record<string, string>>; readonly reported: RegExp }[] = [
  {
    name: 'domain that imports a stage',
    files: { 'src/domain/reaches.ts': "import { handle } from '../engine/handle.ts';\n\nexport const reach = handle;\n" },
    reported: /src\/domain\/reaches\.ts: may not import src\/engine\/handle\.ts/,
  },
  {
    name: 'a type-only import against the direction',
    files: {
      'src/domain/reachesType.ts': "import type { CommandLog } from '../commandlog/commandLog.ts';\n\nexport type Log = CommandLog;\n",
    },
    reported: /src\/domain\/reachesType\.ts: may not import src\/commandlog\/commandLog\.ts/,
  },
  {
    name: 'an implementation imported where only its port may be',
    files: {
      'src/engine/takesRedis.ts':
        "import { redisCommandLog } from '../commandlog/redisCommandLog.ts';\n\nexport const log = redisCommandLog;\n",
    },
    reported: /src\/engine\/takesRedis\.ts: may not import src\/commandlog\/redisCommandLog\.ts/,
  },
  {
    name: 'a dynamic import against the direction',
    files: { 'src/domain/lazy.ts': "export const load = (): Promise<unknown> => import('../engine/handle.ts');\n" },
    reported: /src\/domain\/lazy\.ts: may not import src\/engine\/handle\.ts/,
  },
  ...(
    [
      ['ioredis', "import { Redis } from 'ioredis';\n\nexport const vendor = Redis;\n", 'src/api/vendor1.ts'],
      ['telegraf', "import { Telegram } from 'telegraf';\n\nexport const vendor = Telegram;\n", 'src/engine/vendor2.ts'],
      ['ccxt', "import { binance } from 'ccxt';\n\nexport const vendor = binance;\n", 'src/engine/vendor3.ts'],
      ['express', "import { Router } from 'express';\n\nexport const vendor = Router;\n", 'src/ledger/vendor4.ts'],
      ['pg', "import { Pool } from 'pg';\n\nexport const vendor = Pool;\n", 'src/notify/vendor5.ts'],
      ['node-cron', "import { schedule } from 'node-cron';\n\nexport const vendor = schedule;\n", 'src/gateway/vendor6.ts'],
      ['@prisma/client', "import { Prisma } from '@prisma/client';\n\nexport const vendor = Prisma;\n", 'src/exchange/vendor7.ts'],
    ] as const
  ).map(([vendor, code, file]) => ({
    name: `${vendor} away from home`,
    files: { [file]: code },
    reported: new RegExp(`${file}: may not import .*node_modules/${vendor}/`),
  })),
  {
    name: 'a socket in domain',
    files: { 'src/domain/socket.ts': "import { connect } from 'node:net';\n\nexport const reach = connect;\n" },
    reported: /src\/domain\/socket\.ts: may not import net/,
  },
  {
    name: 'the file system in engine',
    files: { 'src/engine/disk.ts': "import { readFileSync } from 'node:fs';\n\nexport const read = readFileSync;\n" },
    reported: /src\/engine\/disk\.ts: may not import fs/,
  },
  {
    name: 'an import cycle',
    files: {
      'src/ops/left.ts': "import { right } from './right.ts';\n\nexport const left = (): unknown => right;\n",
      'src/ops/right.ts': "import { left } from './left.ts';\n\nexport const right = (): unknown => left;\n",
    },
    reported: /src\/ops\/left\.ts: import cycle src\/ops\/left\.ts → src\/ops\/right\.ts → src\/ops\/left\.ts/,
  },
  {
    name: 'a folder without a row',
    files: { 'src/helpers/thing.ts': 'export const thing = 1;\n' },
    reported: /src\/helpers: has no row in the import table/,
  },
  ...(['Date.now()', 'new Date()', 'Math.random()', 'performance.now()', 'setTimeout(String, 1)', 'setInterval(String, 1)'] as const).map(
    (call, index) => ({
      name: `${call} in the pure core`,
      files: { [`src/${index % 2 ? 'engine' : 'domain'}/impure${index}.ts`]: `export const impure = (): unknown => ${call};\n` },
      reported: new RegExp(`src/(engine|domain)/impure${index}\\.ts:1:\\d+ plugin`),
    }),
  ),
  {
    name: 'console',
    files: { 'src/ops/prints.ts': "export const print = (): void => console.log('x');\n" },
    reported: /src\/ops\/prints\.ts:1:\d+ lint\/suspicious\/noConsole/,
  },
  {
    name: 'process.env outside config and cli',
    files: { 'src/gateway/reads.ts': 'export const port = process.env.PORT;\n' },
    reported: /src\/gateway\/reads\.ts:1:\d+ lint\/style\/noProcessEnv/,
  },
  {
    name: 'a barrel',
    files: { 'src/ops/index.ts': "export { left } from './left.ts';\n" },
    reported: /src\/ops\/index\.ts:1:\d+ lint\/performance\/noBarrelFile/,
  },
  {
    name: 'a file of more than 400 lines',
    files: { 'src/ops/long.ts': Array.from({ length: 401 }, (_, index) => `export const line${index} = ${index};\n`).join('') },
    reported: /src\/ops\/long\.ts:\S+ lint\/style\/noExcessiveLinesPerFile/,
  },
  {
    name: 'a function of more than 70 lines',
    files: {
      'src/ops/longFunction.ts': `export function long(total: number): number {\n  let sum = total;\n${'  sum += 1;\n'.repeat(71)}  return sum;\n}\n`,
    },
    reported: /src\/ops\/longFunction\.ts:\S+ lint\/complexity\/noExcessiveLinesPerFunction/,
  },
  {
    name: 'a skipped test',
    files: { 'src/ops/skips.test.ts': "import { it } from 'vitest';\n\nit.skip('later', () => undefined);\n" },
    reported: /src\/ops\/skips\.test\.ts:\S+ lint\/suspicious\/noSkippedTests/,
  },
  {
    name: 'a focused test',
    files: { 'src/ops/focus.test.ts': "import { it } from 'vitest';\n\nit.only('alone', () => undefined);\n" },
    reported: /src\/ops\/focus\.test\.ts:\S+ lint\/suspicious\/noFocusedTests/,
  },
  {
    name: 'any',
    files: { 'src/ops/loose.ts': 'export const loose = (value: any): unknown => value;\n' },
    reported: /src\/ops\/loose\.ts:\S+ lint\/suspicious\/noExplicitAny/,
  },
  {
    name: 'an empty catch',
    files: { 'src/ops/swallows.ts': 'export function swallow(run: () => void): void {\n  try {\n    run();\n  } catch {}\n}\n' },
    reported: /src\/ops\/swallows\.ts:\S+ lint\/suspicious\/noEmptyBlockStatements/,
  },
  {
    name: 'a floating promise',
    files: { 'src/ops/floats.ts': 'export function go(run: () => Promise<void>): void {\n  run();\n}\n' },
    reported: /src\/ops\/floats\.ts:\S+ lint\/nursery\/noFloatingPromises/,
  },
  {
    name: 'a type error',
    files: { 'src/ops/mistyped.ts': "export const count: number = 'one';\n" },
    reported: /src\/ops\/mistyped\.ts\(1,14\): error TS2322/,
  },
  {
    name: 'a failing unit test',
    files: {
      'src/ops/fails.test.ts': "import { expect, it } from 'vitest';\n\nit('one is two', () => {\n  expect(1).toBe(2);\n});\n",
    },
    reported: /FAIL .*src\/ops\/fails\.test\.ts/,
  },
];

describe('npm run check', () => {
  let clean: Workspace;
  let broken: Workspace;
  let report: ScriptResult;

  beforeAll(async () => {
    clean = createWorkspace(CLEAN);
    broken = createWorkspace({ ...CLEAN, ...Object.assign({}, ...BREACHES.map(({ files }) => files)) });
    report = await broken.run('check.mjs');
  });
  afterAll(() => {
    clean.remove();
    broken.remove();
  });

  it('passes a tree that keeps the rules', async () => {
    const { code, output } = await clean.run('check.mjs');
    expect(output).toMatch(/check: all passed in \d/);
    expect(code).toBe(0);
  });

  it('fails a tree that breaks them, and says which steps failed', () => {
    expect(report.code).toBe(1);
    for (const step of ['unit tests', 'types', 'format, lint, house rules', 'import table'])
      expect(report.output).toMatch(new RegExp(`check: failed: .*${step}`));
  });

  it.each(BREACHES)('catches $name', ({ reported }) => {
    expect(report.output).toMatch(reported);
  });

  it('blames no file that keeps the rules', () => {
    for (const file of Object.keys(CLEAN)) expect(report.output).not.toMatch(new RegExp(`${file.replaceAll('.', '\\.')}:`));
  });
});
