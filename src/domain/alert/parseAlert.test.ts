import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAlert, parseStoredAlert, StoredAlertError } from './parseAlert.ts';
import { redactBody } from './redactBody.ts';

const VALID = { action: 'buy', symbol: 'BTCUSDT', quantity: '0.01' };

function alertOf(body: unknown) {
  const parsed = parseAlert(typeof body === 'string' ? body : JSON.stringify(body));
  if (!parsed.ok) expect.fail(JSON.stringify(parsed.mistakes));
  return parsed;
}

function mistakesOf(body: unknown): readonly string[] {
  const parsed = parseAlert(typeof body === 'string' ? body : JSON.stringify(body));
  return parsed.ok ? [] : parsed.mistakes.map((mistake) => `${mistake.pointer} ${mistake.code}`);
}

/** Plain decimals within the language's bounds, without leading or trailing zeros that a canonical text would drop. */
const positive = fc
  .tuple(fc.bigInt({ min: 0n, max: 999_999_999_999_999n }), fc.stringMatching(/^\d{0,17}[1-9]$/))
  .map(([whole, fraction]) => `${whole}.${fraction}`);
const percent = fc.integer({ min: 1, max: 9800 }).map((hundredths) => `${hundredths / 100}%`);
const word = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => /^[^\p{C}{]+$/u.test(text) && text.trim() === text);

const terms = fc.oneof(
  fc.constant({}),
  fc.record({ type: fc.constant('limit'), price: positive, postOnly: fc.boolean() }),
  fc.record({ type: fc.constant('stop'), stopPrice: positive }),
  fc.record({ type: fc.constant('trailing_stop'), trail: fc.oneof(percent, positive) }),
  fc.record({ type: fc.constant('iceberg'), price: positive, display: fc.constant('0.00000000000000001'), postOnly: fc.boolean() }),
  fc.record({ type: fc.constantFrom('twap', 'vwap'), duration: fc.constantFrom('90s', '30m', '2h', '1d', 60, '3600') }),
  fc.record({ type: fc.constantFrom('twap', 'vwap'), duration: fc.integer({ min: 60, max: 86_400 }), price: positive }),
  fc.record({
    type: fc.constant('stop_limit'),
    stopPrice: positive,
    price: positive,
    timeInForce: fc.constant('GTD'),
    expiresAt: fc.constant('2026-09-30T12:00:00Z'),
  }),
);
const exits = fc.record(
  {
    stopLoss: fc.oneof(
      percent,
      positive,
      fc.record({ at: fc.oneof(percent, positive), trail: fc.oneof(percent, positive) }, { requiredKeys: ['trail'] }),
    ),
    takeProfit: fc.oneof(
      percent,
      fc.array(fc.record({ at: positive, share: fc.integer({ min: 1, max: 25 }) }), { minLength: 1, maxLength: 4 }),
    ),
  },
  { requiredKeys: [] },
);
const attribution = fc.record(
  {
    id: word,
    strategy: word,
    tag: word,
    note: word,
    account: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
    time: fc.integer({ min: 1_000_000_000, max: 4_000_000_000 }),
  },
  { requiredKeys: [] },
);
const entry = fc.record({
  action: fc.constantFrom('buy', 'sell', 'long', 'short'),
  symbol: word,
  quantity: fc.oneof(
    positive,
    percent,
    positive.map((amount) => `${amount} USDT`),
  ),
});
/** Any alert that opens something, with any lawful combination of fields. */
const body = fc.tuple(entry, terms, exits, attribution).map((parts): Record<string, unknown> => Object.assign({}, ...parts));

describe('what is never allowed to happen', () => {
  it('no body at all makes the parser throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 300 }),
          fc.json(),
          fc.string().map((tail) => `{"action":${tail}`),
        ),
        (text) => {
          const parsed = parseAlert(text);
          expect(parsed.ok || parsed.mistakes.length > 0).toBe(true);
          expect(redactBody(text).length).toBeLessThanOrEqual(201);
        },
      ),
      { numRuns: 1000 },
    );
  }, 120_000); // It is the work of many cases, and the machine may have other work.

  it('a valid body with one character changed, removed or doubled is read or refused, and what is read survives storage', () => {
    fc.assert(
      fc.property(body, fc.nat(), fc.string({ maxLength: 2 }), (fields, at, put) => {
        const text = JSON.stringify(fields);
        const index = at % text.length;
        const parsed = parseAlert(text.slice(0, index) + put + text.slice(index + 1));
        if (parsed.ok) expect(parseStoredAlert(parsed.payload)).toEqual(parsed.alert);
        else expect(parsed.mistakes.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it('a body of 64 KiB of any shape is answered with few mistakes', () => {
    const size = 65_536;
    const shapes = [
      '['.repeat(size),
      '{"a":'.repeat(13_000),
      `{${'"secret":"a",'.repeat(5000)}"b":1}`,
      `{"note":"${'\\n'.repeat(30_000)}"}`,
      `buy X ${'"'.repeat(4000)}`,
      `{"k":${'x,"k":'.repeat(9000)}`,
    ];
    for (const shape of shapes) {
      const parsed = parseAlert(shape);
      expect(parsed.ok ? 0 : parsed.mistakes.length).toBeGreaterThan(0);
      expect(parsed.ok ? 0 : parsed.mistakes.length).toBeLessThanOrEqual(50);
    }
    expect(mistakesOf(`{"note":"${'x'.repeat(size)}"}`)).toEqual([' BODY_TOO_LARGE']);
  });
});

describe('payload and fingerprint', () => {
  it('the payload reads back to the same alert, and is itself an alert with the same fingerprint', () => {
    fc.assert(
      fc.property(body, (fields) => {
        const first = alertOf(fields);
        expect(parseStoredAlert(first.payload)).toEqual(first.alert);
        expect(alertOf(first.payload)).toEqual({ ...first, secret: null });
      }),
    );
  });

  it('the fingerprint depends neither on the order of keys nor on the secret', () => {
    fc.assert(
      fc.property(body, fc.uuid(), fc.infiniteStream(fc.nat()), (fields, secret, order) => {
        const shuffled = Object.entries({ ...fields, secret })
          .map((member) => ({ member, rank: order.next().value }))
          .sort((a, b) => a.rank - b.rank);
        const other = alertOf(Object.fromEntries(shuffled.map(({ member }) => member)));
        expect(other.secret).toBe(secret);
        expect(other.payload).not.toContain(secret);
        expect(other.fingerprint).toBe(alertOf(fields).fingerprint);
      }),
    );
  });

  it('the fingerprint changes with any field', () => {
    const { fingerprint } = alertOf(VALID);
    for (const change of [{ quantity: '0.02' }, { note: 'x' }, { prevPosition: '0' }, { id: 'a' }, { reduceOnly: true }])
      expect(alertOf({ ...VALID, ...change }).fingerprint).not.toBe(fingerprint);
  });

  it('the same alert in another notation has the same fingerprint', () => {
    const { fingerprint } = alertOf(VALID);
    const same = [
      '{"quantity":1.0e-2,"symbol":"BTCUSDT","action":"BUY"}',
      '{"action":"buy","symbol":"BTCUSDT","quantity":"0.0100","type":"market"}',
      'buy BTCUSDT 0.01',
      'buy BTCUSDT 0.01 secret=x',
    ];
    for (const text of same) expect(alertOf(text).fingerprint).toBe(fingerprint);
  });

  it('a damaged payload is an error, not an alert', () => {
    expect(() => parseStoredAlert('{"action":"buy"}')).toThrow(StoredAlertError);
    expect(() => parseStoredAlert('')).toThrow(StoredAlertError);
  });
});

describe('numbers', () => {
  it('every number in bounds is exact, quoted or not', () => {
    fc.assert(
      fc.property(positive, fc.boolean(), (number, quoted) => {
        const { alert } = alertOf(`{"action":"buy","symbol":"B","type":"limit","quantity":1,"price":${quoted ? `"${number}"` : number}}`);
        expect(alert.price?.toFixed()).toBe(number.replace(/^0+(?=\d)/, ''));
      }),
    );
  });

  it.each([
    ['1e-7', '0.0000001'],
    ['123456789012345.123456789012345678', '123456789012345.123456789012345678'],
    ['9007199254740993', null],
    ['1e-19', null],
    ['1e400', null],
    ['-0', '0'],
    ['-1.50', '-1.5'],
  ])('position %s is %s', (written, read) => {
    const parsed = parseAlert(`{"action":"target","symbol":"B","position":${written}}`);
    expect(parsed.ok ? parsed.alert.position?.toFixed() : null).toBe(read);
  });
});

describe('times', () => {
  it.each([
    ['"2026-09-30T12:00:00Z"', 1_790_769_600_000],
    ['"2026-09-30T14:00:00+02:00"', 1_790_769_600_000],
    ['"2024-02-29T23:59:59.123Z"', 1_709_251_199_123],
    ['1790769600', 1_790_769_600_000],
    ['"1790769600123"', 1_790_769_600_123],
    ['"2026-02-29T00:00:00Z"', null],
    ['"2026-09-30T12:00:00"', null],
    ['5', null],
  ])('time %s is %s', (written, read) => {
    const parsed = parseAlert(`{"action":"buy","symbol":"B","quantity":1,"time":${written}}`);
    expect(parsed.ok ? parsed.alert.time : null).toBe(read);
  });

  it('agrees with the platform calendar from 2001 to 2099', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2001-01-01T00:00:00Z'), max: new Date('2099-12-31T00:00:00Z'), noInvalidDate: true }),
        (date) => {
          expect(alertOf({ ...VALID, time: date.toISOString() }).alert.time).toBe(date.getTime());
        },
      ),
    );
  });
});

it.each([
  ['by BTCUSDT 1', 'Did you mean "buy"?'],
  ['shrot BTCUSDT 1', 'Did you mean "short"?'],
])('a misspelt action is named: %s', (text, hint) => {
  const parsed = parseAlert(text);
  expect(parsed.ok ? '' : parsed.mistakes[0]?.message).toContain(hint);
});

describe('the secret', () => {
  const SECRET = 'hunter2-4f1c';
  const bodies = [
    `{"secret":"${SECRET}","action":"buy"}`,
    `{"secret":"${SECRET}" "action":"buy"}`,
    `{"action":"buy","symbol":"${SECRET}","quantity":"${SECRET}","secret":"${SECRET}"}`,
    `{"action":"buy","quantity":,"secret":"${SECRET}","note":"x`,
    `{"${SECRET}":1,"secret":"${SECRET}","secret":"${SECRET}"}`,
    `{"secret":${SECRET}}`,
    `{'secret':'${SECRET}'}`,
    `{"action":"buy","passphrase":"${SECRET}","apiKey":"${SECRET}"}`,
    `{"s\\u0065cret":"${SECRET}","action":"buy"}`,
    `{"secret":{"a":"${SECRET}"}}`,
    `buy BTCUSDT 1 ${SECRET} secret=${SECRET}`,
    `buy BTCUSDT 1 secret ${SECRET}`,
    `buy BTCUSDT 1 secret: ${SECRET}`,
    `buy BTCUSDT 1 secret = ${SECRET}`,
    `buy BTCUSDT 1 secret=${SECRET} foo=${SECRET}`,
  ];

  it.each(bodies)('is in no mistake and no excerpt of %s', (text) => {
    const parsed = parseAlert(text);
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed.ok ? [] : parsed.mistakes)).not.toContain(SECRET);
    expect(redactBody(text)).not.toContain(SECRET);
  });

  it.each(bodies.slice(0, 5))('is found although the rest is wrong: %s', (text) => {
    expect(parseAlert(text).secret).toBe(SECRET);
  });

  it('may be text in quotes, text in a line, or a number', () => {
    expect(alertOf({ ...VALID, secret: 'a b' }).secret).toBe('a b');
    expect(alertOf('buy BTCUSDT 1 secret="a b"').secret).toBe('a b');
    expect(alertOf({ ...VALID, secret: 12345 }).secret).toBe('12345');
    expect(alertOf(VALID).secret).toBeNull();
  });

  it.each(['symbol', 'id', 'account', 'strategy', 'tag', 'note', 'orderId'])(
    'is refused in `%s`, where it would be stored and shown',
    (field) => {
      const made = `${SECRET}-${SECRET}`;
      expect(mistakesOf({ ...VALID, [field]: `x ${made}`, secret: made })).toContain(`/${field} SECRET_ELSEWHERE`);
    },
  );

  it('is refused in a note of a text alert, and a short word may be both', () => {
    const made = `${SECRET}-${SECRET}`;
    expect(mistakesOf(`buy BTCUSDT 0.01 note="x ${made}" secret=${made}`)).toEqual(['/note SECRET_ELSEWHERE']);
    expect(mistakesOf({ ...VALID, secret: 'grid', tag: 'grid' })).toEqual([]);
  });
});

describe('advice', () => {
  it.each([
    ['{"action":"buy","symbol":"B","qty":1,"quantity":1}', 'Did you mean "quantity"?'],
    ['{"action":"buy","symbol":"B","stop_loss":1,"quantity":1}', 'Did you mean "stopLoss"?'],
    ['{"action":"exit","symbol":"B"}', 'Did you mean "close"?'],
    ['{"action":"buy","symbol":"B","quantity":"{{plot_0}}"}', '{{plot_0}}'],
    ['{"action":"buy","symbol":"B","quantity":}', 'line 1, column 41'],
    ['{"action":"buy","symbol":"B","quantity":"1,234.5"}', 'thousands separators'],
    ['{"action":"buy","symbol":"B","quantity":"-1"}', '"action":"target"'],
    ['{"action":"buy","symbol":"B","quantity":1,"type":"trailing_stop"}', 'how far it stays behind the price'],
    ['{"action":"buy","symbol":"B","quantity":1,"price":5}', 'add "type":"limit"'],
    ['hello world', 'buy BTCUSDT 10% sl=1% tp=2%'],
  ])('%s is told: %s', (text, advice) => {
    const parsed = parseAlert(text);
    expect(parsed.ok ? '' : parsed.mistakes.map((mistake) => mistake.message).join(' ')).toContain(advice);
  });
});
