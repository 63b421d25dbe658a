import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Real sockets and processes on shared cores: a test that fails there is run once more, and both runs are reported.
    retry: process.env['CI'] === 'true' ? 1 : 0,
    reporters: ['default'],
  },
})
