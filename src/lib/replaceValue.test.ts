import { expect, it } from 'vitest';
import { replaceInMap, replaceValue } from './replaceValue.ts';

it('replaces a value wherever it stands, and leaves the original alone', () => {
  const item = { a: 'old', b: { value: 'old', until: 1 }, c: ['old'], d: null };
  expect(replaceValue(item, 'old', 'new')).toEqual({ a: 'new', b: { value: 'new', until: 1 }, c: ['old'], d: null });
  expect(item.b.value).toBe('old');
});

it('gives the very item back when there is nothing to replace', () => {
  const item = { a: 1, b: { c: 2 } };
  expect(replaceValue(item, 'old', 'new')).toBe(item);
  const map = new Map([['x', item]]);
  replaceInMap(map, 2, 3);
  expect(map.get('x')).toEqual({ a: 1, b: { c: 3 } });
});
