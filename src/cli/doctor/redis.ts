import { openRedis, RedisUnavailableError } from '../../commandlog/redisConnection.ts';
import { readPersistence } from '../../commandlog/redisPersistence.ts';
import type { Config } from '../../config/config.ts';
import { silentLogger } from '../../ops/logger.ts';
import { type Finding, fail, fine, warn } from './finding.ts';

/** Whether Redis answers, and what a crash of it would lose. */
export async function checkRedis({ redis: { url, commandLogUrl } }: Config): Promise<Finding> {
  if (url === null) return fine('redis', 'not used, REDIS_URL is not set');
  const connection = openRedis({ url, name: 'signalman doctor', logger: silentLogger });
  try {
    const { durability, lines } = await connection.call(readPersistence);
    if (durability === 'always' && lines.length === 1) return fine('redis', lines.join(' '));
    if (commandLogUrl === null) return fine('redis', 'answers; alerts wait in Postgres, so nothing accepted depends on it');
    return warn('redis', lines.join(' '), 'Or keep accepted alerts in Postgres: COMMAND_LOG=postgres.');
  } catch (error) {
    if (!(error instanceof RedisUnavailableError)) throw error;
    return fail('redis', 'does not answer', 'Check REDIS_URL (and its password), and that this machine may connect.');
  } finally {
    connection.close();
  }
}
