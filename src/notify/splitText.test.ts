import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitText } from './splitText.ts';

describe('splitText', () => {
  it.each([
    { name: 'leaves a short text alone', text: 'one line', unitsMax: 20, pieces: ['one line'] },
    { name: 'leaves a text of exactly the limit alone', text: '12345678', unitsMax: 8, pieces: ['12345678'] },
    { name: 'cuts at the last line end that fits', text: 'one\ntwo\nthree', unitsMax: 8, pieces: ['one\ntwo', 'three'] },
    { name: 'cuts a long line at a space', text: 'sell everything now', unitsMax: 16, pieces: ['sell everything', 'now'] },
    { name: 'cuts a word that is longer than a message', text: 'abcdefgh', unitsMax: 3, pieces: ['abc', 'def', 'gh'] },
    { name: 'counts in UTF-16 units and keeps surrogate pairs whole', text: '📈📈📈', unitsMax: 3, pieces: ['📈', '📈', '📈'] },
    { name: 'does not waste a message on a short first line', text: 'a\nbcdefghijkl', unitsMax: 8, pieces: ['a\nbcdefg', 'hijkl'] },
  ])('$name', ({ text, unitsMax, pieces }) => {
    expect(splitText(text, unitsMax)).toEqual(pieces);
  });

  it('loses nothing but white space at the cuts, breaks no character, and stays within the limit', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', 'é', '📈', '🚨'), maxLength: 300 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 2, max: 50 }), (text, unitsMax) => {
        const pieces = splitText(text, unitsMax);
        let rest = text;
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(unitsMax);
          expect(Buffer.from(piece).toString()).toBe(piece);
          expect(rest.startsWith(piece)).toBe(true);
          rest = rest.slice(piece.length).replace(/^[\n ]/, '');
        }
        expect(rest).toBe('');
      }),
    );
  });
});
