import { expect, it, onTestFinished } from 'vitest';
import { openPool } from '../../src/ledger/pools.ts';
import { createPostgresReadModel } from '../../src/ledger/postgresReadModel.ts';
import { silentLogger as logger } from '../../src/ops/logger.ts';
import { createTestDatabase } from '../helpers/postgres.ts';

it('of one name, a process that was killed gives way to its restart, but two that both live are both shown', async () => {
  const database = await createTestDatabase();
  const reader = openPool('reader', { url: database.url, size: 2, instance: 'view', logger });
  onTestFinished(async () => {
    await reader.close();
    await database.drop();
  });
  const seen = (id: string, secondsAgo: number) =>
    database.pool.query("INSERT INTO instances VALUES ($1, '1.0.0', now() - interval '1 hour', now() - $2 * interval '1 second')", [
      id,
      secondsAgo,
    ]);
  await seen('restarted#000000000001', 20);
  await seen('restarted#000000000002', 1);
  await seen('twin#00000000000a', 2);
  await seen('twin#00000000000b', 0);
  await seen('older version', 3);
  await seen('killed#000000000003', 30);
  await seen('forgotten#000000000004', 90);
  await database.pool.query("UPDATE leader_lease SET holder = 'twin#00000000000b', epoch = 7, expires_at = now() + interval '1 minute'");
  const { leader, epoch, instances } = await createPostgresReadModel({ pool: reader.pool }).cluster();
  expect({ leader, epoch }).toEqual({ leader: 'twin', epoch: 7 });
  expect(instances.map(({ id, role }) => `${id} ${role}`).sort()).toEqual([
    'killed follower',
    'older version follower',
    'restarted follower',
    'twin follower',
    'twin leader',
  ]);
});
