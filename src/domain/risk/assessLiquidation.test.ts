import { expect, it } from 'vitest';
import { decimal } from '../money.ts';
import { type LiquidationStep, liquidationDistance, liquidationStep } from './assessLiquidation.ts';

it.each([
  ['1', '100', '90', '10'],
  ['-1', '100', '120', '20'],
  ['1', '89', '90', '-1.12'],
  ['0', '100', '90', null],
  ['1', '100', '0', null],
] as const)('a position of %s at %s, liquidated at %s, is %s %% away', (quantity, mark, liquidation, distance) => {
  const found = liquidationDistance(decimal(quantity), decimal(mark), decimal(liquidation));
  expect(found?.toDecimalPlaces(2).toFixed() ?? null).toBe(distance);
});

it('the alarm rises by steps, is raised once each, and is over only when the position has recovered', () => {
  let step: LiquidationStep = 0;
  const steps = ['30', '10', '9', '11', '10', '5', '6', '4', '11', '12.1', '9'].map((distance) => {
    step = liquidationStep(step, decimal(distance), 10);
    return step;
  });
  expect(steps).toEqual([0, 1, 1, 1, 1, 2, 2, 2, 2, 0, 1]);
});
