import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import pg from 'pg';

const USAGE = 'DATABASE_URL=postgresql://… node scripts/migration.mjs drift | create <name_in_snake_case>\n';
const prisma = fileURLToPath(new URL('../prisma', import.meta.url));

// Type numbers of pg_catalog.pg_type.
const PG_CHAR = 18;
const PG_TEXT = 25;

const [command, name = ''] = process.argv.slice(2);
const url = process.env.DATABASE_URL;
process.exit(url ? await run(url) : usage());

async function run(url) {
  if (command === 'create' && /^[a-z0-9_]+$/.test(name)) return create(await drift(url));
  if (command === 'drift') return report(await drift(url));
  return usage();
}

function usage() {
  process.stderr.write(USAGE);
  return 2;
}

function report(sql) {
  process.stdout.write(sql ?? 'The migrations build exactly what the schema describes.\n');
  return sql === null ? 0 : 1;
}

function create(sql) {
  if (sql === null) return report(sql);
  const folder = join(prisma, 'migrations', `${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}_${name}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'migration.sql'), sql);
  process.stdout.write(`${folder}\n`);
  return 0;
}

/** Statements that lead from what the migrations build to what the Prisma schema describes; null when both say the same. */
async function drift(url) {
  const files = readSchema();
  const from = { tag: 'migrations', ...readMigrations() };
  const filters = { externalTables: [], externalEnums: [] };
  const difference = { from, to: { tag: 'schemaDatamodel', files }, script: true, exitCode: true, filters };
  const { exitCode, stdout } = await withEngine(url, files, (engine) => engine.diff(difference));
  return exitCode === 0 ? null : stdout;
}

function readSchema() {
  const folder = join(prisma, 'schema');
  return readdirSync(folder).map((file) => ({ path: join(folder, file), content: readFileSync(join(folder, file), 'utf8') }));
}

function readMigrations() {
  const baseDir = join(prisma, 'migrations');
  const folders = readdirSync(baseDir).filter((folder) => existsSync(join(baseDir, folder, 'migration.sql')));
  const migrationDirectories = folders.sort().map((path) => {
    const value = readFileSync(join(baseDir, path, 'migration.sql'), 'utf8');
    return { path, migrationFile: { path: 'migration.sql', content: { tag: 'ok', value } } };
  });
  const lockfile = { path: 'migration_lock.toml', content: readFileSync(join(baseDir, 'migration_lock.toml'), 'utf8') };
  return { baseDir, shadowDbInitScript: '', lockfile, migrationDirectories };
}

/** Prisma's schema engine as WebAssembly, talking through `pg`: the native one would have to be downloaded. */
async function withEngine(url, files, work) {
  const { SchemaEngine } = await loadEngine();
  const databases = openDatabases(url);
  const datamodels = files.map(({ path, content }) => [path, content]);
  const engine = await SchemaEngine.new({ datamodels }, () => undefined, bindMigrationAwareSqlAdapterFactory(databases.factory));
  try {
    return await work(engine);
  } finally {
    engine.free();
    await databases.close();
  }
}

/** The package's own entry imports its `.wasm` as a module, which Node 20 refuses: it is instantiated by hand. */
async function loadEngine() {
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => process.stderr.write(`${message}\n`) };
  const file = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const binary = readFileSync(file.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(binary, { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return bindings;
}

/** The database of `url`, and throw-away ones beside it in which the engine runs the migrations. */
function openDatabases(url) {
  const main = new pg.Pool({ connectionString: url, max: 1 });
  const throwAway = [];
  const connectToShadowDb = async () => {
    const name = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
    await main.query(`CREATE DATABASE "${name}"`);
    const shadowUrl = new URL(url);
    shadowUrl.pathname = `/${name}`;
    const pool = new pg.Pool({ connectionString: shadowUrl.href, max: 1 });
    throwAway.push({ name, pool });
    return adapt(pool);
  };
  const close = async () => {
    for (const { name, pool } of throwAway) {
      await pool.end();
      await main.query(`DROP DATABASE "${name}"`);
    }
    await main.end();
  };
  return { factory: { provider: 'postgres', adapterName: '@prisma/adapter-pg', connect: () => adapt(main), connectToShadowDb }, close };
}

/**
 * adapter-pg made fit for the engine. It has no mapping for Postgres's internal type `"char"`, in which the catalogues keep
 * their flags, and it cuts scripts at every `;`, also inside function bodies.
 */
async function adapt(pool) {
  const flags = new Set();
  pool.on('connect', ({ connection }) => {
    connection.prependListener('rowDescription', ({ fields }) => {
      for (const field of fields.filter(({ dataTypeID }) => dataTypeID === PG_CHAR)) {
        field.dataTypeID = PG_TEXT;
        flags.add(field.name);
      }
    });
  });
  const adapter = await new PrismaPg(pool).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  return Object.assign(adapter, {
    queryRaw: async (query) => {
      const result = await queryRaw(query);
      const columnTypes = result.columnTypes.map((type, i) => (flags.has(result.columnNames[i]) ? ColumnTypeEnum.Character : type));
      return { ...result, columnTypes };
    },
    executeScript: async (script) => {
      await pool.query(script);
    },
  });
}
