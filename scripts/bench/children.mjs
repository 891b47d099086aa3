import { fork } from 'node:child_process';
import { join } from 'node:path';

/** Helper processes of the bench. Each answers requests over the channel that `fork` gives it (children/ipc.mjs). */
export function createChildren(log) {
  const running = new Set();

  /** Starts children/<file> and resolves when it is ready to be asked. */
  async function start(file, { args = [], environment = {}, execArgv = [] } = {}) {
    const child = fork(join(import.meta.dirname, 'children', file), args, {
      execArgv,
      env: { ...process.env, ...environment },
      stdio: ['ignore', log, log, 'ipc'],
    });
    running.add(child);
    const waiting = new Map();
    let lastId = 0;
    const gone = new Promise((_, reject) => {
      child.once('exit', (code, signal) => reject(new Error(`${file} ended (${signal ?? code}); its output is in the log of the bench`)));
    });
    gone.catch(() => undefined);
    const ready = new Promise((resolve) => {
      child.on('message', (message) => {
        if (message.ready) return resolve();
        const { done, failed } = waiting.get(message.id);
        waiting.delete(message.id);
        if (message.error) failed(new Error(`${file}: ${message.error}`));
        else done(message.result);
      });
    });
    await Promise.race([ready, gone]);
    return {
      ask(method, argument) {
        const id = ++lastId;
        const answer = new Promise((done, failed) => waiting.set(id, { done, failed }));
        child.send({ id, method, argument });
        return Promise.race([answer, gone]);
      },
      async stop() {
        running.delete(child);
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await ended;
      },
    };
  }

  return {
    start,
    killAll: () => {
      for (const child of running) child.kill('SIGKILL');
    },
  };
}
