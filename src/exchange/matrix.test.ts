import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FEATURES } from '../domain/market/capabilities.ts';
import { PROFILES } from './ccxt/profiles.ts';
import { withMatrix } from './matrix.ts';

const page = readFileSync(new URL('../../docs/venues.md', import.meta.url), 'utf8');

it('the matrix in docs/venues.md is what the code says: if not, `npm run matrix` writes it', () => {
  expect(withMatrix(page)).toBe(page);
});

describe.each(PROFILES.map((profile) => [profile.title, profile] as const))('%s', (_, profile) => {
  it('gives a reason and an alternative for whatever it refuses, as sentences', () => {
    const refusals = FEATURES.map((feature) => profile.features[feature]).filter(({ kind }) => kind === 'refused');
    for (const refusal of [...refusals, ...profile.clashes])
      if ('reason' in refusal) for (const words of [refusal.reason, refusal.instead]) expect(words).toMatch(/^[A-Z].+[.]$/);
  });

  it('sends client order ids of which two of ours never become one', () => {
    const ids = ['0123456789abcdef0123456789abcdef', '0123456789abcdef0123456789abcdee'];
    expect(new Set(ids.map(profile.clientOrderId.format)).size).toBe(2);
  });
});
