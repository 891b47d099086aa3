import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts'], isolate: false, testTimeout: 20_000 } },
      { test: { name: 'sim', include: ['tests/sim/**/*.test.ts'] } },
      { test: { name: 'toolchain', include: ['tests/toolchain/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
      {
        test: {
          name: 'services',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/toolchain/**', 'tests/sim/**'],
          globalSetup: ['tests/helpers/globalSetup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          // These run real processes against real clocks: one that misses its time on a busy machine gets a second chance, and the
          // report says so. What is wrong fails twice.
          retry: 1,
        },
      },
    ],
  },
});
