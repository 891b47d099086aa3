import { expect, it } from 'vitest';
import { keepNewest } from './keepNewest.ts';

it('drops the oldest of a map or a set that holds one too many, and nothing before', () => {
  const map = new Map([
    ['a', 1],
    ['b', 2],
  ]);
  keepNewest(map, 2);
  expect([...map.keys()]).toEqual(['a', 'b']);
  map.set('c', 3);
  keepNewest(map, 2);
  expect([...map.keys()]).toEqual(['b', 'c']);
  const set = new Set(['a', 'b', 'c']);
  keepNewest(set, 2);
  expect([...set]).toEqual(['b', 'c']);
});
