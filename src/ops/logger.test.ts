import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';

function logged(line: Record<string, unknown>): string {
  const lines: string[] = [];
  createLogger({ level: 'info', instance: 'i1', destination: { write: (text: string) => void lines.push(text) } }).info(line, 'said');
  return lines.join('');
}

it('a secret does not reach the line, however deep its field stands', () => {
  const line = logged({
    token: 's3cret',
    hook: { name: 'demo', key: 's3cret', more: [{ password: 's3cret' }] },
    account: { credentials: { apiKey: 's3cret' } },
  });
  expect(line).not.toContain('s3cret');
  expect(JSON.parse(line)).toMatchObject({ instance: 'i1', token: '[redacted]', hook: { name: 'demo', key: '[redacted]' }, msg: 'said' });
});

it('what holds no secret is logged as it is, errors with their name and stack', () => {
  const line = JSON.parse(logged({ err: new TypeError('odd'), counts: [1, 2], nothing: null }));
  expect(line).toMatchObject({ err: { type: 'TypeError', message: 'odd' }, counts: [1, 2], nothing: null });
});
