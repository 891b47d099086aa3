import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../ops/logger.ts';
import type { OrderEntry, VenueHint } from '../exchange.ts';
import { reconnectWaitMs } from './backoff.ts';
import type { CcxtStream, PushedOrder } from './loadCcxt.ts';

/** Waits for the next word of one of the venue's streams. */
export type Watch = (stream: CcxtStream) => Promise<readonly PushedOrder[]>;

/** What a venue pushes about one account. Every word of it is a reason to ask, and no more: none is believed, lost, doubled or late ones do no harm (docs/adr/0031). */
export interface Push {
  /** Whether words of change arrive by themselves now; while they do, the venue is asked less often. */
  readonly live: boolean;
  close(): Promise<void>;
}

export interface PushOptions {
  /** ccxt exchange id, for the log. */
  readonly venue: string;
  readonly stream: CcxtStream;
  readonly watches: readonly Watch[];
  readonly onHint: (hint: VenueHint) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A subscription that has not failed by then has been taken; ccxt does not say when it is. */
const SETTLED_MS = 3_000;
/** Changes between a loss and the next subscription are told by nobody. */
const ANYTHING: VenueHint = { clientOrderId: null, venueOrderId: null, symbol: null };
/** Hints of one word; more than so many orders at once is "anything". */
const HINTS_MAX = 100;

/**
 * connecting  the subscription is under way; the venue is polled as if there were none
 * live        it has settled, or a word arrived: hints flow
 * lost        the connection broke or a subscription was refused; tried again after a growing pause, and then everything is asked about
 */
export function createPush({ venue, stream, watches, onHint, clock, logger }: PushOptions): Push {
  const closing = new AbortController();
  const live = new Set<Watch>();

  const settle = async (watch: Watch, attempt: AbortSignal): Promise<void> => {
    await clock.sleep(SETTLED_MS, AbortSignal.any([attempt, closing.signal]));
    if (attempt.aborted || closing.signal.aborted || live.has(watch)) return;
    live.add(watch);
    onHint(ANYTHING);
  };

  const follow = async (watch: Watch): Promise<void> => {
    let failures = 0;
    while (!closing.signal.aborted) {
      const attempt = new AbortController();
      try {
        void settle(watch, attempt.signal);
        const words = await watch(stream);
        if (closing.signal.aborted) return;
        if (failures > 0) onHint(ANYTHING);
        failures = 0;
        live.add(watch);
        for (const hint of hintsOf(words)) onHint(hint);
      } catch (error) {
        attempt.abort();
        if (closing.signal.aborted) return;
        live.delete(watch);
        failures += 1;
        // ccxt's texts may quote addresses that carry keys; the class says enough.
        if (failures === 1) logger.warn({ venue, reason: error instanceof Error ? error.name : 'unknown' }, 'lost the stream of the venue');
        await clock.sleep(reconnectWaitMs(failures), closing.signal);
      } finally {
        attempt.abort();
      }
    }
  };
  for (const watch of watches) void follow(watch);

  return {
    get live() {
      return live.size === watches.length;
    },
    close: async () => {
      closing.abort();
      live.clear();
      await stream.close().catch(() => undefined);
    },
  };
}

export type OpenPush = (onHint: (hint: VenueHint) => void) => Promise<Push | null>;

/** The pushing half of an `OrderEntry`. Until the stream is open, and where it cannot be opened, the venue is polled. */
export function listening(open: OpenPush): Required<Pick<OrderEntry, 'onHint' | 'isPushing' | 'close'>> {
  let opening: Promise<Push | null> = Promise.resolve(null);
  let push: Push | null = null;
  return {
    onHint: (listener) => {
      opening = open(listener).catch(() => null);
      void opening.then((opened) => {
        push = opened;
      });
    },
    isPushing: () => push?.live ?? false,
    close: async () => {
      await (await opening)?.close();
    },
  };
}

function hintsOf(words: readonly PushedOrder[]): readonly VenueHint[] {
  if (words.length === 0 || words.length > HINTS_MAX) return [ANYTHING];
  return words.map(({ id, clientOrderId, symbol }) => ({
    venueOrderId: textOrNull(id),
    clientOrderId: textOrNull(clientOrderId)?.replaceAll('-', '') ?? null,
    symbol: textOrNull(symbol),
  }));
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
