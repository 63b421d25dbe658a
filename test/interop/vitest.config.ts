import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Not `.test.ts`: the usual test run must not depend on what is installed here.
    include: ['test/interop/**/*.interop.ts'],
    setupFiles: ['test/interop/support/loopback-only.ts'],
    // The venue's own connectors tell every connection otherwise.
    env: { LOG_LEVEL: 'error' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    reporters: ['default'],
  },
})
