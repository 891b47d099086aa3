import fc from 'fast-check';
import { alertBody, HMAC_KEYS, KEYS, SECRET } from './gatewayServer.ts';

/** Stands wherever a secret may stand: no answer and no log line may ever hold it. */
export const PLANTED = 'PLANTED-7f3aQx';

/** A secret whose very name may be damaged, so that it reads as part of something else: its sender may be told of it, the log may not. */
export const MISPLACED = 'MISPLACED-2k9vBn';

export interface FuzzRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** Of these hooks no request below has all proofs; the first is authenticated by its key alone. */
const HOOK_KEYS = [KEYS.open, KEYS.open, KEYS.open, KEYS.guarded, KEYS.signed, KEYS.keyless, KEYS.certified, KEYS.disabled];

const visible = fc.string({ unit: fc.constantFrom(...'abcXYZ019-._~%/\\?#[]@!$&\'()*+,;=:|^`{}<>"'), maxLength: 60 });
/** Anything a header's value may hold without ending it. */
const headerText = fc.string({ unit: fc.constantFrom(...'aZ09 ,;:="\\/()<>@[]{}*%\t\u00e9\u00ff'), maxLength: 80 });

const pathKey = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...HOOK_KEYS) },
  { weight: 2, arbitrary: visible },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '%00',
      '..',
      '../api',
      '%2e%2e%2f',
      '%zz',
      '%ff',
      'a%0d%0aX: y',
      '%E0%A4%A',
      'x'.repeat(3_000),
      '\u00ff',
      '',
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 20 }).map(encodeURIComponent) },
  { weight: 1, arbitrary: visible.map((text) => PLANTED + text) },
);

const prefix = fc.oneof(
  { weight: 20, arbitrary: fc.constant('/hooks/') },
  { weight: 1, arbitrary: fc.constantFrom('/hooks//', '/Hooks/', '/hook', '/') },
);
const suffix = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('/', `?secret=${PLANTED}`, '?a[b]=c&__proto__=d', '#x') },
);
const target = fc.tuple(prefix, pathKey, suffix).map((parts) => parts.join(''));

const now = Math.floor(Date.now() / 1000);
const header = fc.oneof(
  fc.tuple(
    fc.constant('Content-Type'),
    fc.oneof(
      fc.constantFrom(
        'application/json',
        'text/plain',
        'application/json; charset=utf-16',
        'application/vnd.x+json',
        'multipart/form-data',
        ';',
        '',
      ),
      headerText,
    ),
  ),
  fc.tuple(fc.constant('Content-Encoding'), fc.constantFrom('gzip', 'identity', 'br, gzip', '')),
  fc.tuple(fc.constant('X-Signalman-Timestamp'), fc.constantFrom(String(now), `${now}000`, '-1', '1e9', '', '0'.repeat(400))),
  fc.tuple(
    fc.constant('X-Signalman-Signature'),
    fc.constantFrom(`sha256=${'0'.repeat(64)}`, `sha256=${PLANTED}`, 'sha256=', `v0=${PLANTED}`, 'sha256=zz'),
  ),
  fc.tuple(
    fc.constantFrom('X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'Via'),
    fc.constantFrom('52.89.214.238', '127.0.0.1', '::1', 'x', '52.89.214.238, 10.0.0.1', ''),
  ),
  fc.tuple(
    fc.constantFrom('X-Client-Cert-Subject', 'X-Client-Cert-Verify'),
    fc.constantFrom('CN=TradingView Webhooks,O=TradingView\\, Inc.', 'SUCCESS', ''),
  ),
  fc.tuple(fc.constantFrom('Authorization', 'Cookie', 'X-Api-Key'), fc.constant(`Bearer ${PLANTED}`)),
  fc.tuple(
    fc.constantFrom(
      'X-Request-Id',
      'Accept',
      'User-Agent',
      'Origin',
      'Idempotency-Key',
      'Range',
      'If-None-Match',
      '__proto__',
      'constructor',
    ),
    headerText,
  ),
);

const FIELDS = [
  'action',
  'symbol',
  'quantity',
  'price',
  'stopLoss',
  'takeProfit',
  'id',
  'time',
  'type',
  'leverage',
  'note',
  'tag',
  'account',
  'position',
  '__proto__',
  'constructor',
  'sybmol',
  '',
];
const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    'buy',
    'BTCUSDT',
    '0.01',
    '10%',
    '1% risk',
    '100 USDT',
    '{{close}}',
    'NaN',
    '1e400',
    -1,
    0,
    1.5,
    true,
    null,
    '\u0000',
    '\ud800',
    'BTC/USDT:',
    '‮',
    '2026-11-20T00:00:00Z',
  ),
  fc.string({ maxLength: 12, unit: 'binary' }),
  fc.double(),
);
const value = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('at', 'share', 'trail', 'x'), scalar, { maxKeys: 3 }) },
);

/** Objects that look like alerts, with the planted secret or without. */
const alertLike = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...FIELDS), value, { maxKeys: 6 }),
    fc.constantFrom(undefined, PLANTED, SECRET.slice(0, -1), HMAC_KEYS[0]),
  )
  .map(([fields, secret]) => JSON.stringify({ ...(secret === undefined ? {} : { secret }), action: 'buy', symbol: 'BTCUSDT', ...fields }));

const VALID = [
  alertBody(),
  alertBody({ secret: MISPLACED, id: 'x1', takeProfit: [{ at: '2%', share: '50%' }] }),
  `buy BTCUSDT 10% sl=1% secret=${MISPLACED}`,
  'close ETHUSDT',
];
const PIECES = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\',
  '\\u0000',
  '\ud800',
  '\u0000',
  '{{x}}',
  '""',
  ' ',
  '\n',
  '1e999',
  '-',
  'null',
  '\u201c',
  '=',
  '%',
];

/** Alerts with nothing wrong. */
const sound = fc
  .tuple(fc.constantFrom('buy', 'sell', 'long', 'short', 'close', 'cancel'), fc.integer({ min: 1, max: 99 }), fc.string({ maxLength: 12 }))
  .map(([action, size, note]) =>
    JSON.stringify({ action, symbol: 'BTCUSDT', ...(action === 'cancel' ? {} : { quantity: `${size}%` }), note }),
  );

/** Something valid with a few places damaged. */
const damaged = fc
  .tuple(fc.constantFrom(...VALID), fc.array(fc.tuple(fc.nat(200), fc.nat(4), fc.constantFrom(...PIECES)), { minLength: 1, maxLength: 4 }))
  .map(([text, edits]) =>
    edits.reduce((now, [at, removed, piece]) => {
      const start = at % (now.length + 1);
      return now.slice(0, start) + piece + now.slice(start + removed);
    }, text),
  );

const NASTY = [
  '',
  ' ',
  '\ufeff',
  '['.repeat(3_000),
  '{"a":'.repeat(1_000),
  '{"a":1,'.repeat(300),
  `{"action":"buy","action":"sell"}`,
  `{"secret":["${PLANTED}"]}`,
  `{"secret":{"a":"${PLANTED}"}}`,
  `${'9'.repeat(3_000)}`,
  '"',
  '\u0000'.repeat(50),
  `{"note":"${'x'.repeat(4_000)}"}`,
];

const body = fc.oneof(
  { weight: 3, arbitrary: sound.map((text) => Buffer.from(text)) },
  { weight: 6, arbitrary: alertLike.map((text) => Buffer.from(text)) },
  { weight: 6, arbitrary: damaged.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constantFrom(...NASTY).map((text) => Buffer.from(text)) },
);

/** Any request that HTTP itself allows: nobody can tell where one of these ends otherwise than by its length. */
export const requests: fc.Arbitrary<FuzzRequest> = fc.record({
  method: fc.oneof(
    { weight: 12, arbitrary: fc.constant('POST') },
    { weight: 1, arbitrary: fc.constantFrom('GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE') },
  ),
  target,
  headers: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 3, arbitrary: fc.array(header, { maxLength: 3 }) }),
  body,
});

export function encode({ method, target, headers, body }: FuzzRequest): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const head = `${method} ${target.replace(/[\s\p{Cc}]/gu, '%20')} HTTP/1.1\r\nHost: x\r\n${lines}Content-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}
