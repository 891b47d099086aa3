import { expect, it } from 'vitest';
import { takerFeeOf } from './takerFee.ts';

it.each([
  ['0.04%', '0.0004'],
  ['0 %', '0'],
  ['10%', '0.1'],
])('a taker fee of %s is the fraction %s', (setting, fraction) => {
  expect(takerFeeOf(setting)?.toFixed()).toBe(fraction);
});

it.each(['0.04', 0.04, '11%', '-1%', 'x%', undefined])('%s is no taker fee', (setting) => {
  expect(takerFeeOf(setting)).toBeNull();
});
