import { defineConfig } from 'vitest/config';

/** Groups run one after the other, and the files within a group side by side, so many at a time. */
const sideBySide = (groupOrder: number, maxWorkers: number) => ({ sequence: { groupOrder }, maxWorkers });

/** Tests that need a Postgres of the run's own. */
const withServices = { globalSetup: ['tests/helpers/globalSetup.ts'], testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts'], isolate: false, testTimeout: 20_000, ...sideBySide(0, 2) } },
      { test: { name: 'sim', include: ['tests/sim/**/*.test.ts'], ...sideBySide(0, 2) } },
      {
        test: {
          name: 'toolchain',
          include: ['tests/toolchain/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          ...sideBySide(0, 2),
        },
      },
      {
        test: {
          name: 'services',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/toolchain/**', 'tests/sim/**', 'tests/faults/**'],
          ...withServices,
          ...sideBySide(1, 2),
          // These run real processes against real clocks: one that misses its time on a busy machine gets a second chance, and the
          // report says so. What is wrong fails every time.
          retry: 2,
        },
      },
      // Whole clusters, broken on purpose and timed: each has the machine to itself.
      { test: { name: 'faults', include: ['tests/faults/**/*.test.ts'], ...withServices, ...sideBySide(2, 1), retry: 2 } },
    ],
  },
});
