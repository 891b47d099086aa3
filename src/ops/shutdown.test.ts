import { expect, it } from 'vitest';
import { silentLogger } from './logger.ts';
import { createShutdown, type ShutdownPhase } from './shutdown.ts';

it('runs the phases in their order, the steps of one side by side', async () => {
  const shutdown = createShutdown({ logger: silentLogger });
  const trace: string[] = [];
  const step = (phase: ShutdownPhase, name: string) =>
    shutdown.on(phase, name, async () => {
      trace.push(`${name} begins`);
      await Promise.resolve();
      trace.push(`${name} ends`);
    });
  step('close', 'database');
  step('drain', 'gateway');
  step('stopAccepting', 'server');
  step('drain', 'engine');
  step('stepDown', 'lease');
  expect(await shutdown.run('SIGTERM')).toBe('clean');
  expect(trace.map((line) => line.split(' ')[0])).toEqual([
    'server',
    'server',
    'gateway',
    'engine',
    'gateway',
    'engine',
    'lease',
    'lease',
    'database',
    'database',
  ]);
});

it('a drain that hangs does not keep the lease from being handed over', async () => {
  const shutdown = createShutdown({ logger: silentLogger, limits: { drain: 10 } });
  let steppedDown = false;
  shutdown.on('drain', 'stuck', () => new Promise(() => undefined));
  shutdown.on('stepDown', 'lease', () => {
    steppedDown = true;
  });
  expect(await shutdown.run('SIGTERM')).toBe('forced');
  expect(steppedDown).toBe(true);
});

it('a step that fails, at once or later, does not keep the others from running', async () => {
  const shutdown = createShutdown({ logger: silentLogger });
  let closed = 0;
  shutdown.on('drain', 'throws', () => {
    throw new Error('at once');
  });
  shutdown.on('close', 'rejects', () => Promise.reject(new Error('later')));
  shutdown.on('close', 'closes', () => {
    closed += 1;
  });
  expect(await shutdown.run('SIGINT')).toBe('forced');
  expect(closed).toBe(1);
});

it('a second signal joins the first shutdown', async () => {
  const shutdown = createShutdown({ logger: silentLogger });
  let runs = 0;
  shutdown.on('close', 'once', () => {
    runs += 1;
  });
  expect(await Promise.all([shutdown.run('SIGTERM'), shutdown.run('SIGINT')])).toEqual(['clean', 'clean']);
  expect(runs).toBe(1);
});
