import { expect, it } from 'vitest';
import { loadConfig } from '../../config/config.ts';
import { inWords } from './start.ts';

const SECRETS_KEY = Buffer.alloc(32, 1).toString('base64');
const own = loadConfig({ PORT: '80', HOST: 'no.such.host', DATA_DIR: '/data', DATABASE_URL: 'postgres://u:hunter2@db/x', SECRETS_KEY });
const failure = (message: string, fields: object) => Object.assign(new Error(message), fields);

it.each([
  ['DATABASE_URL', failure('connect ECONNREFUSED 10.0.0.1:5432', { code: 'ECONNREFUSED' })],
  ['DATABASE_URL', failure('password authentication failed for user "u"', { code: '28P01' })],
  ['DATABASE_URL', failure('database "x" does not exist', { code: '3D000' })],
  ['DATABASE_URL', failure('getaddrinfo ENOTFOUND db', { code: 'ENOTFOUND', hostname: 'db' })],
  ['ECONNREFUSED', new AggregateError([], '') as Error, 'ECONNREFUSED'],
  ['HOST', failure('getaddrinfo ENOTFOUND no.such.host', { code: 'ENOTFOUND', hostname: 'no.such.host' })],
  ['DATA_DIR', failure("EACCES: permission denied, open '/data/instance'", { code: 'EACCES', path: '/data/instance' })],
  ['PORT', failure('listen EACCES', { code: 'EACCES' })],
  ['PORT', failure('listen EADDRINUSE', { code: 'EADDRINUSE' })],
])('a start that fails names %s: %s', (name, error, code?: string) => {
  const words = inWords(code === undefined ? error : Object.assign(error, { code }), own);
  expect(words).toContain(name);
  expect(words).not.toContain('hunter2');
});
