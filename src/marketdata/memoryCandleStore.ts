import type { Epoch } from '../domain/ids.ts';
import { type RecordedCandle, sameValues, seriesName } from '../domain/market/candle.ts';
import { resample } from '../domain/market/resample.ts';
import { findGaps, subtractRanges, type TimeRange } from '../domain/market/timeframe.ts';
import {
  ATTEMPTS_UNTIL_EMPTY,
  type CandleJob,
  type CandleNotice,
  type CandleReader,
  type CandleStore,
  type Correction,
  EpochOverError,
  type Gap,
  type SeriesState,
  type SeriesUpdate,
  type UpdateResult,
} from './candleStore.ts';

/** What a series holds in memory. */
interface Content {
  state: SeriesState;
  claimedBy: Epoch;
  gaps: Gap[];
  readonly candles: Map<number, RecordedCandle>;
  readonly corrections: Correction[];
  /** By their text. */
  readonly setAside: Set<string>;
}

export interface MemoryCandleStore extends CandleStore, CandleReader {
  readonly notices: ReadonlyMap<string, CandleNotice>;
}

const JOBS_KEPT_MS = 30 * 86_400_000;

/** Candles for tests and backtests: the same behaviour, gone with the process. `epochNow` is the epoch that leads. */
export function createMemoryCandleStore(epochNow: () => Epoch): MemoryCandleStore {
  const series = new Map<number, Content>();
  const jobs = new Map<string, CandleJob>();
  const notices = new Map<string, CandleNotice>();
  const fence = (epoch: Epoch): void => {
    if (epoch !== epochNow()) throw new EpochOverError(`epoch ${epoch} is over`);
  };
  const contentOf = (id: number): Content => {
    const content = series.get(id);
    if (!content) throw new EpochOverError(`series ${id} was never claimed`);
    return content;
  };
  return {
    notices,
    claim: async (epoch, keys, at) => {
      fence(epoch);
      for (const job of jobs.values()) {
        if (job.startedAt < at - JOBS_KEPT_MS) jobs.delete(job.id);
        else if (job.status === 'running' && job.epoch < epoch)
          jobs.set(job.id, { ...job, status: 'interrupted', finishedAt: at, current: null });
      }
      return keys.map((key) => {
        const known = [...series.values()].find(({ state }) => seriesName(state) === seriesName(key));
        const content = known ?? newContent({ ...key, id: series.size + 1, ...UNTOUCHED });
        content.claimedBy = epoch;
        series.set(content.state.id, content);
        return content.state;
      });
    },
    update: async (epoch, update) => {
      fence(epoch);
      const content = contentOf(update.seriesId);
      if (content.claimedBy !== epoch) throw new EpochOverError(`series ${update.seriesId} is not claimed by epoch ${epoch}`);
      for (const notice of update.notices ?? []) if (!notices.has(notice.id)) notices.set(notice.id, notice);
      return apply(content, update);
    },
    saveJob: async (epoch, job) => {
      fence(epoch);
      jobs.set(job.id, job);
    },
    dueGaps: async (seriesId, before) =>
      contentOf(seriesId).gaps.filter(({ attempts, checkedAt }) => attempts < ATTEMPTS_UNTIL_EMPTY || checkedAt < before),
    gapsIn: async (seriesId, range) =>
      contentOf(seriesId).gaps.flatMap((gap) => {
        const [from, to] = [Math.max(gap.from, range.from), Math.min(gap.to, range.to)];
        return from < to ? [{ ...gap, from, to }] : [];
      }),
    findMissing: async (seriesId, timeframe, range) => {
      const { candles, gaps } = contentOf(seriesId);
      const finals = sorted(candles.values()).filter(({ final }) => final);
      return subtractRanges(
        findGaps(
          timeframe,
          range,
          finals.map(({ openTime }) => openTime),
        ),
        gaps,
      );
    },
    ...createReader(series, jobs),
  };
}

const UNTOUCHED = { covered: null, fromBeginning: false, caughtUpAt: null, auditedAt: null, problem: null };

function newContent(state: SeriesState): Content {
  return { state, claimedBy: 0, gaps: [], candles: new Map(), corrections: [], setAside: new Set() };
}

function createReader(series: ReadonlyMap<number, Content>, jobs: ReadonlyMap<string, CandleJob>): CandleReader {
  const candlesIn = (id: number, { from, to }: TimeRange): RecordedCandle[] =>
    sorted(series.get(id)?.candles.values() ?? []).filter(({ openTime }) => openTime >= from && openTime < to);
  return {
    series: async ({ symbol, source }) =>
      [...series.values()]
        .filter(({ state }) => (symbol === undefined || state.symbol === symbol) && (source === undefined || state.source === source))
        .map(({ state, gaps }) => {
          const empty = gaps.filter(isEmpty).length;
          return { ...state, gaps: { open: gaps.length - empty, empty } };
        }),
    candles: async ({ seriesId, stored, wanted, range, limit, keep }) => {
      const made = resample(candlesIn(seriesId, range), stored, wanted, series.get(seriesId)?.gaps.filter(isEmpty) ?? []);
      return keep === 'first' ? made.slice(0, limit) : made.slice(-limit);
    },
    corrections: async (seriesId, { from, to }, limit) =>
      [...(series.get(seriesId)?.corrections ?? [])]
        .filter(({ openTime }) => openTime >= from && openTime < to)
        .sort((a, b) => a.openTime - b.openTime)
        .slice(0, limit),
    jobs: async (limit, before) => {
      if (before !== null && !jobs.has(before)) return null;
      const listed = [...jobs.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
      return listed.filter(({ id }) => before === null || id < before).slice(0, limit);
    },
    job: async (id) => jobs.get(id) ?? null,
  };
}

function sorted(candles: Iterable<RecordedCandle>): RecordedCandle[] {
  return [...candles].sort((a, b) => a.openTime - b.openTime);
}

function isEmpty({ reason, attempts }: Gap): boolean {
  return reason === 'missing' && attempts >= ATTEMPTS_UNTIL_EMPTY;
}

function apply(content: Content, { candles = [], setAside = [], holes, state }: SeriesUpdate): UpdateResult {
  let [stored, corrected] = [0, 0];
  for (const candle of candles) {
    const known = content.candles.get(candle.openTime);
    if (known && !saysMore(candle, known)) continue;
    content.candles.set(candle.openTime, candle);
    if (!known?.final) stored += 1;
    else if (!sameValues(known, candle)) {
      corrected += 1;
      content.corrections.push({ openTime: candle.openTime, previous: bare(known), corrected: bare(candle) });
    }
  }
  const before = content.setAside.size;
  for (const { raw } of setAside) content.setAside.add(JSON.stringify(raw));
  if (holes) {
    const { from, to } = holes.within;
    const outer = content.gaps.flatMap((gap) => subtractRanges([gap], [{ from, to }]).map((part) => ({ ...gap, ...part })));
    content.gaps = [...outer, ...holes.gaps].sort((a, b) => a.from - b.from);
  }
  content.state = { ...content.state, ...state };
  return { stored, corrected, setAside: content.setAside.size - before };
}

/** Whether a candle is to take the place of one that is there. */
function saysMore(candle: RecordedCandle, known: RecordedCandle): boolean {
  if (!known.final) return candle.final || candle.fetchedAt >= known.fetchedAt;
  if (!candle.final || (candle.reconstructed && !known.reconstructed)) return false;
  return known.reconstructed !== candle.reconstructed || !sameValues(known, candle);
}

function bare({ reconstructed: _, ...candle }: RecordedCandle): Correction['previous'] {
  return candle;
}
