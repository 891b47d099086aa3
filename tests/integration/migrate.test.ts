import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { silentLogger } from '../../src/ops/logger.ts';
import { deployMigrations } from '../../src/ops/migrate.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import { administer, databaseUrl } from '../helpers/postgresServer.ts';

describe('migrations', () => {
  const server = inject('postgres').url;
  let url: string;
  let name: string;
  let directory: string;
  let db: pg.Client;

  beforeEach(async () => {
    name = `test_migrate_${process.hrtime.bigint()}`;
    await administer(server, `CREATE DATABASE ${name}`);
    url = databaseUrl(server, name);
    directory = mkdtempSync(join(tmpdir(), 'signalman-migrations-'));
    db = new pg.Client({ connectionString: url });
    await db.connect();
  });

  afterEach(async () => {
    await db.end();
    await administer(server, `DROP DATABASE ${name} WITH (FORCE)`);
    rmSync(directory, { recursive: true, force: true });
  });

  const write = (migration: string, sql: string) => {
    mkdirSync(join(directory, migration), { recursive: true });
    writeFileSync(join(directory, migration, 'migration.sql'), sql);
  };
  const deploy = (lockTimeoutMs = 10_000) => deployMigrations({ url, directory, logger: silentLogger, lockTimeoutMs });

  it('are applied in order, once, and recorded as Prisma records them', async () => {
    write('2_more', 'ALTER TABLE thing ADD COLUMN more int;');
    write('1_first', "CREATE TABLE thing (id int); CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'a;b'; END $$;");
    expect(await deploy()).toEqual(['1_first', '2_more']);
    expect(await deploy()).toEqual([]);
    const { rows } = await db.query(
      'SELECT migration_name, length(checksum) AS digits, finished_at IS NOT NULL AS finished, rolled_back_at, applied_steps_count FROM _prisma_migrations ORDER BY started_at',
    );
    const row = { digits: 64, finished: true, rolled_back_at: null, applied_steps_count: 1 };
    expect(rows).toEqual([
      { migration_name: '1_first', ...row },
      { migration_name: '2_more', ...row },
    ]);
  });

  it('of instances starting together are applied by one of them', async () => {
    write('1_first', 'CREATE TABLE thing (id int);');
    const applied = await Promise.all([deploy(), deploy(), deploy()]);
    expect(applied.filter((names) => names.length === 1)).toHaveLength(1);
  });

  it('that fail leave nothing behind, and are tried again', async () => {
    write('1_first', 'CREATE TABLE thing (id int); SELECT 1/0;');
    await expect(deploy()).rejects.toThrow(/1_first failed and was rolled back: division by zero/);
    write('1_first', 'CREATE TABLE thing (id int);');
    expect(await deploy()).toEqual(['1_first']);
  });

  it('marked as failed by another tool are not passed over', async () => {
    write('1_first', 'CREATE TABLE thing (id int);');
    await deploy();
    await db.query('UPDATE _prisma_migrations SET finished_at = NULL');
    await expect(deploy()).rejects.toThrow(/1_first failed earlier.*prisma migrate resolve/);
    await db.query('UPDATE _prisma_migrations SET rolled_back_at = now(); DROP TABLE thing');
    expect(await deploy()).toEqual(['1_first']);
  });

  it('of a newer version are accepted, so that old and new run side by side', async () => {
    write('1_first', 'CREATE TABLE thing (id int);');
    write('2_newer', 'ALTER TABLE thing ADD COLUMN more int;');
    await deploy();
    rmSync(join(directory, '2_newer'), { recursive: true });
    expect(await deploy()).toEqual([]);
  });

  it('are not added to a database that went another way', async () => {
    write('1_first', 'CREATE TABLE thing (id int);');
    await deploy();
    rmSync(join(directory, '1_first'), { recursive: true });
    write('2_other', 'CREATE TABLE other (id int);');
    await expect(deploy()).rejects.toThrow(/parted ways: it has 1_first, this build would add 2_other/);
  });

  it('wait for another process only so long', async () => {
    write('1_first', 'CREATE TABLE thing (id int);');
    await db.query('SELECT pg_advisory_lock(72707369)');
    await expect(deploy(200)).rejects.toThrow(/migrating the database for more than 0.2 s/);
  });
});

it('the migrations of this package make the schema the parts rely on', async () => {
  const database = await createTestDatabase();
  try {
    expect((await database.pool.query('SELECT id, holder, epoch FROM leader_lease')).rows).toEqual([{ id: 1, holder: '', epoch: '0' }]);
    expect(await deployMigrations({ url: database.url, logger: silentLogger })).toEqual([]);
  } finally {
    await database.drop();
  }
});
