import { expect, it } from 'vitest';
import type { NoticeSeverity } from '../ledger/ledger.ts';
import { silentLogger } from '../ops/logger.ts';
import { composeMessages } from './composeMessage.ts';
import { createLogNotifier } from './logNotifier.ts';

it('a notice is logged at the level of its severity', async () => {
  const lines: string[] = [];
  const logger = Object.assign(Object.create(silentLogger), {
    info: (text: string) => lines.push(`info ${text}`),
    warn: (text: string) => lines.push(`warn ${text}`),
    error: (text: string) => lines.push(`error ${text}`),
  });
  const notifier = createLogNotifier(logger);
  const severities: NoticeSeverity[] = ['critical', 'warning', 'info'];
  const items = severities.map(
    (severity, seq) =>
      ({
        seq,
        id: `id-${seq}`,
        audience: 'trading',
        severity,
        text: 'Something',
        signalId: null,
        correlationId: null,
        at: 0,
        attempts: 0,
      }) as const,
  );
  for (const { parts } of composeMessages(items, null))
    for (const part of parts) await notifier.send('log', part, new AbortController().signal);
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['error', 'warn', 'info']);
});
