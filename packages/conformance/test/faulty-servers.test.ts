import { describe, expect, it } from 'vitest';
import { caseNamed, conformanceApp, createConformanceApp, runCase, type Driver } from '../src/index.ts';
import { bodyFaults } from './faulty/body-faults.ts';
import { environFaults } from './faulty/environ-faults.ts';
import type { FaultyServer } from './faulty/faulty-server.ts';
import { headFaults } from './faulty/head-faults.ts';
import { inputFaults } from './faulty/input-faults.ts';
import { lengthFaults } from './faulty/length-faults.ts';
import { ReferenceExchange } from './faulty/reference-exchange.ts';
import { referenceDriver } from './faulty/reference-server.ts';
import { teardownFaults } from './faulty/teardown-faults.ts';
import { wireFaults } from './faulty/wire-faults.ts';

const faults: readonly FaultyServer[] = [
  ...bodyFaults,
  ...teardownFaults,
  ...headFaults,
  ...lengthFaults,
  ...environFaults,
  ...inputFaults,
  ...wireFaults,
];

// What a faulty server never does is waited for no longer than this.
const PATIENCE = 1500;

async function problemsOf(driver: Driver, name: string): Promise<readonly string[]> {
  const found = caseNamed(name);
  if (found === undefined) throw new Error(`there is no case ${name}`);
  const server = await driver.start(createConformanceApp());
  try {
    return (await runCase(found, server.target, { patience: PATIENCE })).problems;
  } finally {
    await server.stop();
  }
}

describe.concurrent('a faulty server is caught', () => {
  it.for(faults.map(({ fault, caughtBy, driver }) => ({ fault, caughtBy, driver })))(
    '$fault: by $caughtBy',
    async ({ driver, caughtBy }, { expect }) => {
      expect(await problemsOf(driver, caughtBy)).not.toEqual([]);
    },
  );

  it('in at least thirty ways', () => {
    expect(new Set(faults.map(({ fault }) => fault)).size).toBeGreaterThanOrEqual(30);
  });
});

describe.concurrent('what catches a wrong run loop lets the right one pass', () => {
  const loops = [...bodyFaults, ...teardownFaults, ...headFaults, ...lengthFaults];
  const names = [...new Set(loops.map(({ caughtBy }) => caughtBy))];
  it.for(names)('%s', async (name, { expect }) => {
    expect(await problemsOf(referenceDriver('reference', ReferenceExchange), name)).toEqual([]);
  });
});

it('the application that is exported is one', () => {
  expect(conformanceApp).toHaveLength(0);
});
