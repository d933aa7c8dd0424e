import type { App } from '@tsgi/core';
import { casesFor } from './run/case-table.ts';
import { createConformanceApp } from './app/conformance-app.ts';
import type { Driver, StartedServer } from './run/driver.ts';
import type { CaseResult } from './run/run-case.ts';
import { startCases, type Run, type RunOptions } from './run/run-cases.ts';
import type { Trace } from './app/trace.ts';
import { titleOfWire } from './wires/wire.ts';

/** What the kit needs of a test framework: Vitest, Jest and others have it. */
export interface TestFramework {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>, timeout?: number): unknown;
  beforeAll(body: () => Promise<void>, timeout?: number): unknown;
  afterAll(body: () => Promise<void>, timeout?: number): unknown;
}

/** How the cases become tests. */
export interface DescribeOptions extends RunOptions {
  /** Put around the application of each case, such as a validator; not for programs, which serve what they serve. */
  wrap?: (app: App, trace: Trace) => App;
  /** Milliseconds for one test. Default 60 000: cases run side by side, and wait for each other. */
  timeout?: number;
  /** Called with all results when the last test has ended. */
  onRun?: (run: Run) => void | Promise<void>;
}

const TIMEOUT = 60_000;

/**
 * Makes a test of each case: `describeConformance({ describe, it, beforeAll, afterAll }, driver)`. Cases run side by side
 * from the start; each test waits for its own.
 */
export function describeConformance(framework: TestFramework, driver: Driver, options: DescribeOptions = {}): void {
  const { wrap, onRun, timeout = TIMEOUT, ...run } = options;
  const found = options.cases ?? casesFor(driver.wire, driver.client);
  framework.describe(`conformance of ${driver.name}`, () => {
    let server: StartedServer | undefined;
    let results: Promise<CaseResult>[] = [];
    framework.beforeAll(async () => {
      server = await driver.start(createConformanceApp(wrap === undefined ? {} : { wrap }));
      results = startCases(server.target, { ...run, cases: found });
    }, timeout);
    for (const [index, { name, rule }] of found.entries()) {
      framework.it(
        `${rule}: ${name}`,
        async () => {
          const result = await results[index];
          if (result?.outcome === 'failed') throw new Error(result.problems.join('\n'));
        },
        timeout,
      );
    }
    framework.afterAll(async () => {
      const all = await Promise.all(results);
      await server?.stop();
      await onRun?.({ name: driver.name, wire: titleOfWire(driver.wire, driver.client), results: all });
    }, timeout);
  });
}
