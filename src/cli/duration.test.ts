import { expect, it } from 'vitest';
import { parseDuration } from './duration.ts';

it.each([
  ['90s', 90],
  ['30m', 1800],
  ['2h', 7200],
  ['7d', 604_800],
])('%s is %i seconds', (text, seconds) => expect(parseDuration(text, '--for')).toBe(seconds));

it.each(['', '2', 'h', '0h', '-1h', '1.5h', '2 h', '2H', '1h30m', '9999999999d'])('%j is none, and the option is named', (text) => {
  expect(() => parseDuration(text, '--for')).toThrow('--for must be a duration');
});
