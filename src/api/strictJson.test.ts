import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseStrictJson } from './strictJson.ts';

const parse = (text: string) => parseStrictJson(Buffer.from(text));

it.each([
  ['{"a":1,"a":2}', '/a', 'FIELD_DUPLICATE'],
  ['{"a":[{"b":1},{"b":1,"c":2,"\\u0062":3}]}', '/a/1/b', 'FIELD_DUPLICATE'],
  ['{"a":{"x/y":1,"x/y":1}}', '/a/x~1y', 'FIELD_DUPLICATE'],
  ['{"__proto__":{"admin":true}}', '/__proto__', 'FIELD_NOT_ALLOWED'],
  ['{"\\u005f_proto__":1}', '/__proto__', 'FIELD_NOT_ALLOWED'],
  ['{"a":[1,{"constructor":{"prototype":{}}}]}', '/a/1/constructor', 'FIELD_NOT_ALLOWED'],
  [`${'['.repeat(11)}${']'.repeat(11)}`, '/0/0/0/0/0/0/0/0/0/0', 'TOO_DEEP'],
  ['{"a":', '', 'MALFORMED_JSON'],
  ['', '', 'MALFORMED_JSON'],
  ['"text"', '', 'MALFORMED_JSON'],
  ['null', '', 'MALFORMED_JSON'],
])('%s is refused at %s as %s', (text, pointer, code) => {
  expect(parse(text)).toMatchObject({ ok: false, mistakes: [{ pointer, code }] });
});

it.each(['{"a":"{\\"a\\":1}","b":["a","a","__proto__"],"c":"a"}', '[{"a":1},{"a":1}]', '{"a":{"a":{"a":1}},"b":{"a":1}}', '{}', '[]'])(
  '%s is read as JSON.parse reads it',
  (text) => expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) }),
);

it('thirty thousand levels and bytes that are no UTF-8 are mistakes, not failures', () => {
  expect(parse('['.repeat(30_000) + ']'.repeat(30_000))).toMatchObject({ ok: false, mistakes: [{ code: 'TOO_DEEP' }] });
  expect(parseStrictJson(Buffer.from([0x7b, 0xff, 0x7d]))).toMatchObject({ ok: false, mistakes: [{ code: 'MALFORMED_JSON' }] });
});

it('reads every object that JSON.stringify writes, unless its names are dangerous or its depth is', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (value) => {
      const text = JSON.stringify(value);
      fc.pre(!/"(?:__proto__|constructor|prototype)":/.test(text));
      expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) });
    }),
  );
});
