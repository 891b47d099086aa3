import { expect, it } from 'vitest';
import { readSubject } from './distinguishedName.ts';

const TRADINGVIEW = { commonName: 'TradingView Webhooks', organization: 'TradingView, Inc.' };

it.each([
  ['nginx and Caddy (RFC 4514)', 'CN=TradingView Webhooks,O=TradingView\\, Inc.,L=Westerville,ST=Ohio,C=US'],
  ['in the other order, with blanks', 'C = US, ST = Ohio, O = "TradingView, Inc.", CN = TradingView Webhooks'],
  ['a comma by its code', 'O=TradingView\\2C Inc.,CN=TradingView Webhooks'],
  ['several values in one step', 'CN=TradingView Webhooks+O=TradingView\\, Inc.'],
  ['small letters for types', 'cn=TradingView Webhooks,o=TradingView\\, Inc.'],
])('reads %s', (_name, text) => expect(readSubject(text)).toEqual(TRADINGVIEW));

it.each([
  ['a name within another value', 'OU=CN\\=TradingView Webhooks\\,O\\=TradingView\\\\\\, Inc.,CN=mallory'],
  ['a name within quotes', 'OU="x,CN=TradingView Webhooks,O=TradingView\\, Inc.",CN=mallory'],
])('is not deceived by %s', (_name, text) => expect(readSubject(text)?.commonName).toBe('mallory'));

it('a name that stands there twice is nobody', () => {
  expect(readSubject('CN=TradingView Webhooks,CN=mallory,O=x')).toEqual({ commonName: null, organization: 'x' });
});

it.each(['', '/CN=TradingView Webhooks/O=TradingView, Inc.', 'CN', 'CN="open', '=x', 'CN=a,', 'x'.repeat(3_000), 'CN=a,\u0000'])(
  '%j is read as nothing that could pass',
  (text) => expect(readSubject(text)?.organization ?? null).toBeNull(),
);

it('letters beyond ASCII come as bytes of UTF-8', () => {
  expect(readSubject('CN=J\\C3\\BCrg,O=\\E2\\82\\AC')).toEqual({ commonName: 'Jürg', organization: '€' });
});

it('reads long nonsense in no time', () => {
  const startedAt = performance.now();
  for (const piece of ['\\', 'a=', '"', 'a=" ', ' ', 'A=b\\']) readSubject(`CN=${piece.repeat(2_040)}`.slice(0, 2_048));
  expect(performance.now() - startedAt).toBeLessThan(500);
});
