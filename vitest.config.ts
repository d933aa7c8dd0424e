import { defineConfig } from 'vitest/config';

// Tests import the sources; what they spawn (the command, CGI programs) is the build, which `npm test` makes first.
const root = new URL('.', import.meta.url).pathname;

export default defineConfig({
  resolve: {
    alias: [
      { find: /^tsgi\/(.+)$/, replacement: `${root}packages/cli/src/$1.ts` },
      { find: /^@tsgi\/([^/]+)\/(.+)$/, replacement: `${root}packages/$1/src/$2.ts` },
      { find: /^@tsgi\/([^/]+)$/, replacement: `${root}packages/$1/src/index.ts` },
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'packages', include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts'] },
      },
      { extends: true, test: { name: 'wires', include: ['test/**/*.test.ts'] } },
    ],
    // Most of a test is waiting for other processes: on two cores vitest would run one file at a time.
    maxWorkers: 2,
    testTimeout: 20_000,
    // The default of a second is too short where two cores serve several test files at once.
    expect: { poll: { timeout: 15_000 } },
    // A shared CI machine may stall a real process for longer than its peer waits; here, nothing is tried twice.
    retry: process.env.CI === undefined ? 0 : 1,
  },
});
