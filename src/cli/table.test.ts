import { expect, it } from 'vitest';
import { describeStory } from './story.ts';
import { facts, table } from './table.ts';

it('lines columns up and shows what is missing as a dash', () => {
  expect(
    table(
      ['NAME', 'N'],
      [
        ['alpha', 1],
        ['b', null],
      ],
    ),
  ).toBe('NAME   N\nalpha  1\nb      –');
  expect(
    facts([
      ['URL', 'http://x'],
      ['Secret', null],
    ]),
  ).toBe('URL     http://x\nSecret  –');
});

it('tells a story with times from its first event', () => {
  const story = {
    id: 's1',
    hook: 'tv',
    status: 'refused',
    code: 'TRADING_HALTED',
    message: 'Trading is halted.',
    receivedAt: '2025-01-01T00:00:00.000Z',
    orders: [],
    events: [
      { at: '2025-01-01T00:00:00.000Z', stage: 'received', detail: 'buy 1 BTCUSDT' },
      { at: '2025-01-01T00:00:00.012Z', stage: 'risk', detail: 'refused' },
    ],
  };
  expect(describeStory(story)).toBe(
    [
      'Signal s1: refused (TRADING_HALTED)',
      'Trading is halted.',
      '',
      'TIME    STAGE     WHAT',
      '+0 ms   received  buy 1 BTCUSDT',
      '+12 ms  risk      refused',
    ].join('\n'),
  );
});
