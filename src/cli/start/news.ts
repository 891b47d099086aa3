import type pg from 'pg';
import type { ReplyNotifier } from '../../api/replyListener.ts';
import type { ConfigFollower } from '../../ledger/configFollower.ts';
import type { Clock } from '../../lib/clock.ts';
import { QUOTE_CHANNELS, type QuoteBoard } from '../../marketdata/quoteBoard.ts';
import { DESK_CHANNELS, type LeaderDesk } from '../../ops/leaderDesk.ts';
import type { Logger } from '../../ops/logger.ts';
import { listen, type PostgresListener } from '../../ops/postgresListener.ts';

/**
 * What the leader commits is news on every instance at once: changed settings, and answers somebody may be waiting for. Both
 * are hints; who missed one finds out by looking, half a second or a tenth of one later. Prices, and what an alert would do, are asked for the same way.
 */
export function followNews(options: {
  readonly pool: pg.Pool;
  readonly settings: Pick<ConfigFollower, 'hint'>;
  readonly replies: ReplyNotifier;
  readonly quoteBoard: QuoteBoard;
  readonly leaderDesk: LeaderDesk;
  readonly logger: Logger;
  readonly clock: Clock;
}): PostgresListener {
  const { pool, settings, replies, quoteBoard, leaderDesk, logger, clock } = options;
  return listen({
    pool,
    channel: ['signalman_config', 'signalman_reply', ...QUOTE_CHANNELS, ...DESK_CHANNELS],
    onNews: (news) => {
      if (news === null || news.channel === 'signalman_config') settings.hint();
      else if (news.channel === 'signalman_reply') replies.notify(news.payload);
      else if (news.channel === 'signalman_ask' || news.channel === 'signalman_tell') leaderDesk.hear(news);
      else quoteBoard.hear(news);
    },
    logger,
    clock,
  });
}
