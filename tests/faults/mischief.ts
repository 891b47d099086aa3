import { setTimeout as delay } from 'node:timers/promises';
import { randomFrom } from '../helpers/random.ts';
import { until } from '../helpers/until.ts';
import { type Lines, leaderOf, type Site } from './site.ts';

interface Hand {
  readonly site: Site;
  readonly random: () => number;
  /** The instance it is about. */
  readonly name: string;
  /** Instances whose process is ended on purpose. */
  readonly ending: Set<string>;
}

type Fault = (hand: Hand) => Promise<void>;

const between = ({ random }: Hand, leastMs: number, mostMs: number) => delay(leastMs + random() * (mostMs - leastMs));

async function endAndRestart(hand: Hand, signal: NodeJS.Signals): Promise<void> {
  const instance = hand.site.named(hand.name);
  hand.ending.add(hand.name);
  await instance.kill(signal);
  await between(hand, 0, 4_000);
  await instance.restart();
  hand.ending.delete(hand.name);
}

function onLine(which: 'postgres' | 'redis' | 'venue', how: 'cut' | 'hold'): Fault {
  return async (hand) => {
    const line = hand.site.linesOf(hand.name)[which satisfies keyof Lines];
    line[how]();
    await between(hand, 500, 6_000);
    line.mend();
  };
}

/** Each takes something away, waits, and gives it back. */
const FAULTS: Readonly<Record<string, Fault>> = {
  'kill -9': (hand) => endAndRestart(hand, 'SIGKILL'),
  SIGTERM: (hand) => endAndRestart(hand, 'SIGTERM'),
  SIGSTOP: async (hand) => {
    const { pid } = hand.site.named(hand.name);
    process.kill(pid, 'SIGSTOP');
    await between(hand, 500, 9_000);
    process.kill(pid, 'SIGCONT');
  },
  'Postgres line cut': onLine('postgres', 'cut'),
  'Postgres line held': onLine('postgres', 'hold'),
  'Redis line cut': onLine('redis', 'cut'),
  'Redis line held': onLine('redis', 'hold'),
  'exchange line cut': onLine('venue', 'cut'),
  'exchange line held': onLine('venue', 'hold'),
  'Redis killed': async (hand) => {
    await hand.site.redis.signal('SIGKILL');
    await between(hand, 0, 3_000);
    await hand.site.redis.restart();
  },
  'Postgres killed': async (hand) => {
    hand.site.postgres?.kill();
    await between(hand, 0, 3_000);
    await hand.site.postgres?.start();
  },
};

/** How often it is the leader that suffers. */
const LEADER_SHARE = 0.6;

export interface Mischief {
  /** How often each fault was done. */
  readonly done: Readonly<Record<string, number>>;
  /** Ends of processes that nobody asked for. */
  readonly surprises: readonly string[];
}

/** One random fault after the other, about one every `everyMs`, for `forMs`; resolves when the last has been undone. */
export async function makeMischief(site: Site, plan: { seed: number; everyMs: number; forMs: number }): Promise<Mischief> {
  const random = randomFrom(plan.seed);
  const ending = new Set<string>();
  const surprises: string[] = [];
  const done: Record<string, number> = {};
  const kinds = Object.entries(FAULTS);
  const started = performance.now();
  for (let turn = 0; performance.now() - started < plan.forMs; turn += 1) {
    const turnAt = performance.now();
    // All kinds in turn before any comes again, from where the seed says.
    const [kind, fault] = kinds[(turn * 4 + (plan.seed % kinds.length)) % kinds.length] ?? ['', () => Promise.resolve()];
    const anyone = site.names[Math.floor(random() * site.names.length)] ?? '';
    const name = random() < LEADER_SHARE ? ((await leaderOf(site)) ?? anyone) : anyone;
    watchForSurprises(site, ending, surprises);
    await fault({ site, random, name, ending });
    done[kind] = (done[kind] ?? 0) + 1;
    await delay(Math.max(0, turnAt + plan.everyMs * (0.5 + random()) - performance.now()));
  }
  return { done, surprises };
}

const watched = new WeakSet<Promise<unknown>>();

function watchForSurprises(site: Site, ending: ReadonlySet<string>, surprises: string[]): void {
  for (const name of site.names) {
    const exited = site.named(name).exited();
    if (watched.has(exited)) continue;
    watched.add(exited);
    const closing = () => ending.has(name);
    void exited.then((exit) => {
      if (!closing()) surprises.push(`${name} ended by itself: ${JSON.stringify(exit)}`);
    });
  }
}

/** Waits until the exchange has heard nothing new for a while: what was left to do is done. */
export function quiet(site: Site): Promise<unknown> {
  let seen = -1;
  const nothingNew = async () => {
    const now = site.world.exchange.book.orders.length;
    const same = now === seen;
    seen = now;
    await delay(1_000);
    return same;
  };
  return until(nothingNew, { what: 'the exchange to be left alone', timeoutMs: 120_000 });
}
