import { defineConfig } from 'vitest/config';

// Real servers and real processes: what runs is the build, as an operator would run it.
export default defineConfig({
  test: {
    dir: new URL('.', import.meta.url).pathname,
    include: ['**/*.test.ts'],
    globalSetup: [new URL('servers/staging.ts', import.meta.url).pathname],
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
