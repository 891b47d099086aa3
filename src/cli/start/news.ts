import type pg from 'pg';
import type { ReplyNotifier } from '../../api/replyListener.ts';
import type { ConfigFollower } from '../../ledger/configFollower.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../ops/logger.ts';
import { listen, type PostgresListener } from '../../ops/postgresListener.ts';

/**
 * What the leader commits is news on every instance at once: changed settings, and answers somebody may be waiting for. Both
 * are hints; who missed one finds out by looking, half a second or a tenth of one later.
 */
export function followNews(options: {
  readonly pool: pg.Pool;
  readonly settings: Pick<ConfigFollower, 'hint'>;
  readonly replies: ReplyNotifier;
  readonly logger: Logger;
  readonly clock: Clock;
}): PostgresListener {
  const { pool, settings, replies, logger, clock } = options;
  return listen({
    pool,
    channel: ['signalman_config', 'signalman_reply'],
    onNews: (news) => {
      if (news?.channel === 'signalman_reply') replies.notify(news.payload);
      else settings.hint();
    },
    logger,
    clock,
  });
}
