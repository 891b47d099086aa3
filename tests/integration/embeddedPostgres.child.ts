// Started by embeddedPostgres.test.ts: ensures the server of the directory given, says what it got, and stays until killed.
import { ensureEmbeddedPostgres } from '../../src/ops/embeddedPostgres.ts';

const dir = process.argv[2] ?? '';
ensureEmbeddedPostgres({ dir }).then(
  (server) => process.stdout.write(`${JSON.stringify(server)}\n`),
  (error: Error) => process.stdout.write(`${JSON.stringify({ error: `${error.name}: ${error.message}` })}\n`),
);
setInterval(() => undefined, 60_000);
