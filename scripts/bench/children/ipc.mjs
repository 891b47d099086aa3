/**
 * The child's half of children.mjs: answers each request of the bench with what its handler returns. A child whose parent is
 * gone ends.
 */
export function serveParent(handlers) {
  process.on('message', async ({ id, method, argument }) => {
    try {
      process.send({ id, result: await handlers[method](argument) });
    } catch (error) {
      process.send({ id, error: error.stack });
    }
  });
  process.on('disconnect', () => process.exit());
  process.send({ ready: true });
}

/** CPU time of this process so far, milliseconds. */
export function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
