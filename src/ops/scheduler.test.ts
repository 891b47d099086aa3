import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger as logger } from './logger.ts';
import { checkSchedule, ScheduleError, schedule } from './scheduler.ts';

describe('schedules', () => {
  const stopping = { controller: new AbortController() };
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.parse('2026-11-20T11:59:30Z') });
    stopping.controller = new AbortController();
  });
  afterEach(() => {
    stopping.controller.abort();
    vi.useRealTimers();
  });

  function start(expression: string, options: { mayRun?: () => boolean; work?: (dueAt: number) => Promise<void> } = {}) {
    const fires: string[] = [];
    const note = async (dueAt: number): Promise<void> => {
      fires.push(new Date(dueAt).toISOString());
      await options.work?.(dueAt);
    };
    schedule({
      ...{ name: 'OHLC_CRON', expression, logger },
      mayRun: options.mayRun ?? (() => true),
      work: note,
      signal: stopping.controller.signal,
    });
    return fires;
  }
  const pass = (minutes: number) => vi.advanceTimersByTimeAsync(minutes * 60_000);

  it('fires at the half hours, to the moment', async () => {
    const fires = start('*/30 * * * *');
    await pass(65);
    expect(fires).toEqual(['2026-11-20T12:00:00.000Z', '2026-11-20T12:30:00.000Z', '2026-11-20T13:00:00.000Z']);
  });

  it('counts in UTC: where clocks are moved no fire is lost and none comes twice', async () => {
    vi.setSystemTime(Date.parse('2026-10-24T23:59:30Z')); // The night in which Europe's clocks go back.
    const fires = start('0 * * * *');
    await pass(5 * 60);
    expect(fires.map((fire) => fire.slice(11, 16))).toEqual(['00:00', '01:00', '02:00', '03:00', '04:00']);
  });

  it('fires on the first of every month, however long the last one was', async () => {
    vi.setSystemTime(Date.parse('2027-01-31T23:30:00Z'));
    const fires = start('0 0 1 * *');
    await pass(60 * 24 * 60);
    expect(fires.map((fire) => fire.slice(0, 10))).toEqual(['2027-02-01', '2027-03-01', '2027-04-01']);
  });

  it('does nothing while it is somebody else’s turn', async () => {
    let leading = false;
    const fires = start('* * * * *', { mayRun: () => leading });
    await pass(3);
    expect(fires).toEqual([]);
    leading = true;
    await pass(2);
    expect(fires.length).toBe(2);
  });

  it('ends with its signal', async () => {
    const fires = start('* * * * *');
    await pass(2);
    stopping.controller.abort();
    await pass(10);
    expect(fires.length).toBe(2);
  });

  it('never works twice at the same time', async () => {
    let end = (): void => undefined;
    const fires = start('* * * * *', {
      work: () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    });
    await pass(4);
    expect(fires.length).toBe(1);
    end();
    await pass(1);
    expect(fires.length).toBe(2);
    end();
  });

  it('goes on after work that failed', async () => {
    const fires = start('* * * * *', { work: () => Promise.reject(new Error('no')) });
    await pass(3);
    expect(fires.length).toBe(3);
  });

  it.each(['', 'every half hour', '61 * * * *', '* * * *'])('refuses %j and says what it must be', (expression) => {
    expect(() => checkSchedule('OHLC_CRON', expression)).toThrow(ScheduleError);
    expect(() => checkSchedule('OHLC_CRON', expression)).toThrow('OHLC_CRON');
  });
});
