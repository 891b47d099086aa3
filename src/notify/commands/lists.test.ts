import { describe, expect, it } from 'vitest';
import { listPage } from './lists.ts';
import { LINE_UNITS_MAX, signed, signedMoney, twoSided } from './words.ts';

const entries = Array.from({ length: 30 }, (_, index) => `entry ${index + 1}`);
const page = (asked: string) => listPage({ none: 'Nothing.', title: 'Things', command: '/things', entries, page: asked });

describe('a list on a phone', () => {
  it('comes in pages, each with the way to the next', () => {
    expect(page('').text).toMatch(/^Things, page 1 of 3\nentry 1\n.*\nentry 12\nNext: \/things 2$/s);
    expect(page('3').text).toMatch(/^Things, page 3 of 3\nentry 25\n.*\nentry 30$/s);
  });

  it.each([
    ['0', 1],
    ['99', 3],
    ['-1', 1],
    ['first', 1],
  ])('asked for page %s shows page %i', (asked, shown) => {
    expect(page(asked).text).toContain(`page ${shown} of 3`);
  });

  it('marks only its entries as a table', () => {
    const { text, table } = page('2');
    expect(text.slice(table?.from, table?.to)).toBe(entries.slice(12, 24).join('\n'));
    expect(listPage({ none: 'Nothing.', title: 'Things', command: '/things', entries: [], page: '' })).toEqual({ text: 'Nothing.' });
  });
});

describe('numbers for people', () => {
  it.each([
    ['0.02', '+0.02'],
    ['-1234.56789', '-1234.57'],
    ['0', '0'],
  ])('%s is a position of %s', (given, shown) => {
    expect(signed(given)).toBe(shown);
  });

  it.each([
    ['12.3456', '+12.35'],
    ['-0.000012345', '-0.0000123'],
    ['0', '0.00'],
    ['-100', '-100.00'],
  ])('%s is a result of %s', (given, shown) => {
    expect(signedMoney(given)).toBe(shown);
  });

  it('fit into a line together, the right one whole', () => {
    const line = twoSided('an account with a very long name BTC/USDT:USDT', '+123456.78');
    expect(line).toHaveLength(LINE_UNITS_MAX);
    expect(line).toMatch(/^an account.*… \+123456\.78$/);
    expect(twoSided('left', 'right')).toHaveLength(LINE_UNITS_MAX);
  });
});
