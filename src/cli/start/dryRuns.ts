import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { ApiDeps } from '../../api/deps.ts';
import { canonicalAlert } from '../../domain/alert/canonicalAlert.ts';
import { parseStoredAlert } from '../../domain/alert/parseAlert.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Clock } from '../../lib/clock.ts';
import { createLeaderDesk, type LeaderDesk } from '../../ops/leaderDesk.ts';
import type { Logger } from '../../ops/logger.ts';

interface Question {
  /** Canonical text of an alert: without its secret. */
  readonly payload: string;
  readonly accounts: readonly string[];
}

/** What an alert would do: told by this instance while it leads, else by the leader. Null: nobody can say now. */
export function openDryRuns(options: {
  readonly engine: Engine;
  /** A session that may only read can send notifications all the same. */
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly logger: Logger;
}): { readonly explain: ApiDeps['explain']; readonly leaderDesk: LeaderDesk } {
  const { engine, pool, clock, logger } = options;
  const leaderDesk = createLeaderDesk({
    notify: (channel, payload) => pool.query('SELECT pg_notify($1, $2)', [channel, payload]),
    leads: () => engine.leads,
    answer: async (question) => {
      const { payload, accounts } = JSON.parse(question) as Question;
      const told = await engine.explain(parseStoredAlert(payload), accounts);
      return told && JSON.stringify(told);
    },
    ...{ newId: uuidv7, clock, logger },
  });
  const explain: ApiDeps['explain'] = async (alert, accounts) => {
    const own = await engine.explain(alert, accounts);
    if (own !== null) return own;
    const question: Question = { payload: canonicalAlert(alert), accounts };
    const answer = await leaderDesk.ask(JSON.stringify(question));
    return answer === null ? null : JSON.parse(answer);
  };
  return { explain, leaderDesk };
}
