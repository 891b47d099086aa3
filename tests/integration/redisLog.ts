import { randomBytes } from 'node:crypto';
import type { Appended, CommandLog } from '../../src/commandlog/commandLog.ts';
import { createRedisCommandLog, type RedisCommandLog } from '../../src/commandlog/redisCommandLog.ts';
import type { Incident } from '../../src/commandlog/redisIncident.ts';
import type { Command } from '../../src/domain/signal/command.ts';
import { silentLogger } from '../../src/ops/logger.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { newCommand } from '../contract/commandLogContract.ts';

export interface TestLog {
  readonly log: RedisCommandLog;
  readonly incidents: Incident[];
}

/** One instance's view of the log under `prefix`. */
export function openLog(
  url: string,
  { prefix, consumer = 'first', maxQueue = 1_000 }: { prefix: string; consumer?: string; maxQueue?: number },
): TestLog {
  const incidents: Incident[] = [];
  const log = createRedisCommandLog({
    ...{ url, prefix, consumer, maxQueue, logger: silentLogger, metrics: createMetrics(consumer) },
    onIncident: (incident) => incidents.push(incident),
  });
  return { log, incidents };
}

export function newPrefix(): string {
  return `test-${randomBytes(4).toString('hex')}`;
}

/** Appends a command for each name and returns their seqs. */
export async function appendAll(log: CommandLog, names: readonly string[]): Promise<number[]> {
  const appended: Appended[] = await Promise.all(names.map((payload) => log.append(newCommand({ payload }))));
  return appended.map((result) => (result.kind === 'stored' ? result.seq : 0));
}

export function names(commands: readonly Command[]): string[] {
  return commands.map(({ body }) => (body.kind === 'order.create' ? body.payload : body.kind));
}
