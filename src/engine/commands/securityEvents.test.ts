import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SECURITY_EVENTS } from './securityEvents.ts';

it('docs/security.md lists every event with its audience and severity, and no other action', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/security.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `([a-z.]+)` \| (\w+) \| (\w+) \|$/gm)].map(([, action, audience, severity]) => [
    action,
    audience,
    severity,
  ]);
  expect(listed).toEqual(Object.entries(SECURITY_EVENTS).map(([action, { audience, severity }]) => [action, audience, severity]));
});
