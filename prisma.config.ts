import { defineConfig } from 'prisma/config';

// `generate` only checks that a schema engine exists, it never runs it; naming any file that exists lets it work offline.
// Commands that do run the engine (`migrate`, `db`) must not be pointed at a fake one, hence the condition.
if (process.argv.some((argument) => ['generate', 'validate', 'format'].includes(argument))) {
  process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;
}

export default defineConfig({
  schema: 'prisma/schema',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? 'postgresql://localhost/signalman' },
});
