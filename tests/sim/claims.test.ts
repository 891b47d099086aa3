import { describe, expect } from 'vitest';
import type { GapPolicy } from '../../src/domain/signal/claim.ts';
import { Desk } from './desk.ts';
import { scenario } from './scenario.ts';
import { HOOK } from './traffic.ts';

const OPEN = { action: 'buy', quantity: '1', prevPosition: '0', position: '1' };
const MORE = { action: 'buy', quantity: '1', prevPosition: '1', position: '2' };
const CLOSE = { action: 'sell', quantity: '1', prevPosition: '1', position: '0', reduceOnly: true };

async function deskWith(seed: number, onGap: GapPolicy): Promise<Desk> {
  const desk = await Desk.open(seed);
  await desk.command({ kind: 'hook.put', hook: { ...HOOK, onGap }, change: 'updated' });
  return desk;
}

function told(desk: Desk, words: RegExp): number {
  return [...desk.cluster.ledger.content.notices.values()].filter(({ notice }) => words.test(notice.text)).length;
}

function story(desk: Desk): string[] {
  return desk.cluster.ledger.content.signalEvents.filter(({ stage }) => stage === 'received').map(({ detail }) => detail);
}

describe('an alert before it is missing', () => {
  scenario('tell: it is carried out as it is, and a person hears of it', async (seed) => {
    const desk = await deskWith(seed, 'tell');
    expect(await desk.alert(OPEN)).toBe('done');
    expect([desk.held, told(desk, /is missing/)]).toEqual(['1', 0]);
    expect(await desk.alert({ ...MORE, prevPosition: '3', position: '4' })).toBe('done');
    expect([desk.held, told(desk, /is missing/)]).toEqual(['2', 1]);
    expect(story(desk).join()).toMatch(/pushed: an alert before it is missing: it starts from 3, and the last one led to 1/);
  });

  scenario('ignore: nobody hears of it', async (seed) => {
    const desk = await deskWith(seed, 'ignore');
    await desk.alert(OPEN);
    expect(await desk.alert({ ...MORE, prevPosition: '3', position: '4' })).toBe('done');
    expect([desk.held, told(desk, /is missing/), story(desk).length]).toEqual(['2', 0, 0]);
  });

  scenario('catch_up: the position it leads to is brought about', async (seed) => {
    const desk = await deskWith(seed, 'catch_up');
    await desk.alert(OPEN);
    expect(await desk.alert({ ...MORE, prevPosition: '2', position: '3' })).toBe('done');
    expect(desk.held).toBe('3');
  });

  scenario('catch_up: not with what other strategies hold on the same symbol; it is carried out as it is', async (seed) => {
    const desk = await deskWith(seed, 'catch_up');
    await desk.alert({ ...OPEN, strategy: 'slow', symbol: 'ETH/USDT:USDT', quantity: '5', position: '5' });
    await desk.alert({ ...OPEN, strategy: 'fast' });
    expect(desk.held).toBe('6');
    expect(await desk.alert({ ...MORE, strategy: 'fast', prevPosition: '2', position: '3' })).toBe('done');
    expect([desk.held, told(desk, /is missing/), told(desk, /position 3/), told(desk, /other strategies trade/)]).toEqual(['7', 1, 0, 1]);
    await desk.alert({ ...CLOSE, strategy: 'slow', symbol: 'ETH/USDT:USDT', quantity: '5', prevPosition: '5' });
    await desk.alert({ ...MORE, strategy: 'fast', prevPosition: '4', position: '5' });
    expect([desk.held, told(desk, /is carried out as: position 5/)]).toEqual(['5', 1]);
  });

  scenario('ask: an entry waits for a person, an exit does not', async (seed) => {
    const desk = await deskWith(seed, 'ask');
    await desk.alert(OPEN);
    expect(await desk.alert({ ...MORE, prevPosition: '5', position: '6' })).toBe('accepted AWAITS_APPROVAL');
    expect(await desk.alert({ ...CLOSE, prevPosition: '9', position: '8' })).toBe('done');
    expect(desk.held).toBe('0');
  });

  scenario('halt: entries are refused until somebody resumes, exits go', async (seed) => {
    const desk = await deskWith(seed, 'halt');
    await desk.alert(OPEN);
    expect(await desk.alert({ ...MORE, prevPosition: '5', position: '6' })).toBe('refused ALERT_MISSED');
    expect(await desk.alert({ ...OPEN, prevPosition: '6', position: '7' })).toBe('refused TRADING_REDUCE_ONLY');
    expect(await desk.alert(CLOSE)).toBe('done');
    expect(desk.held).toBe('0');
  });
});

describe('alerts that come in the wrong order', () => {
  scenario('the one that came late is not carried out', async (seed) => {
    const desk = await deskWith(seed, 'tell');
    const time = new Date(desk.world.now).toISOString();
    await desk.alert({ ...CLOSE, time });
    expect(await desk.alert({ ...OPEN, time })).toBe('refused ALERT_OVERTAKEN');
    expect(desk.held).toBe('0');
    expect(await desk.alert({ ...OPEN, time: new Date(desk.world.now).toISOString() })).toBe('done');
    expect(desk.held).toBe('1');
  });

  scenario('ignore: it is carried out', async (seed) => {
    const desk = await deskWith(seed, 'ignore');
    const time = new Date(desk.world.now).toISOString();
    await desk.alert({ ...CLOSE, time });
    expect(await desk.alert({ ...OPEN, time })).toBe('done');
    expect(desk.held).toBe('1');
  });

  scenario('what is delivered again after a crash is not judged by what came after it', async (seed) => {
    const desk = await deskWith(seed, 'tell');
    const at = desk.world.now;
    const first = await desk.send({ ...OPEN, time: new Date(at - 2_000).toISOString() });
    const second = await desk.send({ ...MORE, time: new Date(at - 1_000).toISOString() });
    await desk.until(() => desk.cluster.ledger.content.claims.size > 0 || desk.held !== '0');
    desk.cluster.crashLeader();
    await desk.rest();
    expect([desk.fate(first), desk.fate(second), desk.held, told(desk, /is missing/)]).toEqual(['done', 'done', '2', 0]);
  });
});
