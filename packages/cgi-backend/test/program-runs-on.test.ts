import { readdirSync } from 'node:fs';
import { callApp } from '@tsgi/core/testing';
import { expect, it } from 'vitest';
import { gateway } from '../src/index.ts';

const program: string = new URL('fixtures/cgi-bin/test.cgi', import.meta.url).pathname;

it('a program that has answered and runs on gives its place back in the end', async () => {
  const app = gateway({ program, maxProcesses: 1, idleTimeout: 300 });
  // It closes its output and sleeps for 30 s.
  expect(await callApp(app, { target: '/?background' })).toMatchObject({ text: 'body', complete: true });
  const statusOf = async (): Promise<string> => (await callApp(app)).status;
  expect(await statusOf()).toBe('503 Service Unavailable');
  await expect.poll(statusOf, { timeout: 15_000 }).toBe('200 OK');
});

it('what a program leaves running holds no descriptor of this process for ever', async () => {
  const app = gateway({ program, idleTimeout: 300 });
  await callApp(app);
  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  const before = descriptors();
  for (let index = 0; index < 5; index++) {
    expect(await callApp(app, { target: '/?leaves-a-child' })).toMatchObject({ text: 'body', complete: true });
  }
  await expect.poll(descriptors, { timeout: 15_000 }).toBeLessThanOrEqual(before);
});
