import { expect, it } from 'vitest';
import { judgeHops } from './publicUrl.ts';

const SPOOFED = '198.51.100.77';
const CLIENT = '203.0.113.5';

it.each([
  ['no proxy, none trusted', { address: CLIENT, forwardedFor: [SPOOFED] }, 0, 'ok', 'not believed'],
  ['one proxy that appends', { address: CLIENT, forwardedFor: [SPOOFED, CLIENT] }, 1, 'ok', '1 in front'],
  ['one proxy that replaces', { address: CLIENT, forwardedFor: [CLIENT] }, 1, 'ok', '1 in front'],
  ['two proxies', { address: CLIENT, forwardedFor: [SPOOFED, CLIENT, '10.0.0.2'] }, 2, 'ok', '2 in front'],
  ['one more trusted than there are', { address: SPOOFED, forwardedFor: [SPOOFED, CLIENT] }, 2, 'failure', 'is believed'],
  ['one trusted where there is none', { address: SPOOFED, forwardedFor: [SPOOFED] }, 1, 'failure', 'is believed'],
  ['one less trusted than there are', { address: '10.0.0.2', forwardedFor: [SPOOFED, CLIENT, '10.0.0.2'] }, 1, 'failure', '2 proxies add'],
])('%s: %s', (_name, connection, hops, level, detail) => {
  const found = judgeHops(connection, { hops, clientIpHeader: null });
  expect(found).toMatchObject({ level, detail: expect.stringContaining(detail) });
});

it.each([
  ['replaced by the platform', CLIENT, 'ok'],
  ['passed on as the client sent it', SPOOFED, 'failure'],
])('a header with the client address, %s: %s', (_name, address, level) => {
  expect(judgeHops({ address, forwardedFor: [] }, { hops: 0, clientIpHeader: 'x-real-ip' }).level).toBe(level);
});
