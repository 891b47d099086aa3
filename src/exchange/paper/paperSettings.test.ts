import { describe, expect, it } from 'vitest';
import { VenueSetupError } from '../exchange.ts';
import { parsePaperSettings } from './paperSettings.ts';

function problemOf(settings: Record<string, unknown>): string {
  try {
    parsePaperSettings(settings);
  } catch (error) {
    if (error instanceof VenueSetupError) return error.message;
    throw error;
  }
  throw new Error('expected the settings to be refused');
}

describe('settings of a paper account', () => {
  it('start a newcomer with 100,000 USDT and ordinary fees', () => {
    const settings = parsePaperSettings({ feed: 'synthetic' });
    expect([...settings.balances].map(([asset, amount]) => `${amount.toFixed()} ${asset}`)).toEqual(['100000 USDT']);
    expect([settings.makerFee, settings.takerFee, settings.slippageFactor.buy, settings.slippageFactor.sell].map(String)).toEqual([
      '0.001',
      '0.001',
      '1.0002',
      '0.9998',
    ]);
    expect(settings.tickMs).toBe(250);
  });

  it('are read exactly', () => {
    const settings = parsePaperSettings({ balances: { USDC: '12.000000000000000001', BTC: '0' }, leverage: '2.5', depthNotional: '0.5' });
    expect(settings.balances.get('USDC')?.toFixed()).toBe('12.000000000000000001');
    expect(settings.leverage.toFixed()).toBe('2.5');
  });

  it.each([
    [{ makerFee: '-0.1' }, 'makerFee is "-0.1"; it must be a decimal as text, from "0" to "0.1"'],
    [{ takerFee: 0.001 }, 'takerFee is 0.001; it must be a decimal as text'],
    [{ slippage: '1e-3' }, 'slippage is "1e-3"'],
    [{ leverage: '0' }, 'leverage is "0"; it must be a decimal as text, from "1" to "125"'],
    [{ depthNotional: '0' }, 'depthNotional is "0"'],
    [{ tickMs: 1 }, 'tickMs is 1; it must be a whole number from 10 to 60000'],
    [{ balances: ['USDT'] }, 'balances is ["USDT"]; it must be an object'],
    [{ balances: { usdt: '1' } }, 'balances names "usdt"'],
    [{ balances: { USDT: 'lots' } }, 'balances.USDT is "lots"'],
    [{ makerfee: '0.1' }, '"makerfee" is not a setting; known are balances, makerFee'],
  ])('refuse %j with words that help', (settings, words) => {
    expect(problemOf(settings)).toContain(words);
  });

  it('are told all their mistakes at once', () => {
    const problem = problemOf({ tickMs: 'fast', makerFee: 'free' });
    expect(problem).toContain('tickMs');
    expect(problem).toContain('makerFee');
  });

  it('refuse a flood of assets', () => {
    const balances = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`COIN${index}`, '1']));
    expect(problemOf({ balances })).toContain('at most 100 are allowed');
  });
});
