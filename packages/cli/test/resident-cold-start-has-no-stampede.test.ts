import { expect } from 'vitest';
import { builtResident, lives, residentTest, socketsIn, stateOf, who } from './resident.ts';

const PATIENCE = { timeout: 20_000 };

residentTest('fifty requests at once on a cold start are one process, and so are the next fifty', async () => {
  const file = await builtResident();
  const first = await Promise.all(Array.from({ length: 50 }, () => who(file)));
  expect(new Set(first.map(({ pid }) => pid)).size).toBe(1);
  const next = await Promise.all(Array.from({ length: 50 }, () => who(file)));
  expect(new Set(next.map(({ pid }) => pid))).toEqual(new Set(first.map(({ pid }) => pid)));
  expect(socketsIn(stateOf(file))).toHaveLength(1);
  const [{ pid } = { pid: 0 }] = first;
  process.kill(pid, 'SIGTERM');
  await expect.poll(() => lives(pid), PATIENCE).toBe(false);
  expect(socketsIn(stateOf(file))).toEqual([]);
});

residentTest('fifty requests at once on the socket of a process that was killed are one process', async () => {
  const file = await builtResident();
  const { pid } = await who(file);
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => lives(pid), PATIENCE).toBe(false);
  expect(socketsIn(stateOf(file))).toHaveLength(1);
  const found = await Promise.all(Array.from({ length: 50 }, () => who(file)));
  expect(new Set(found.map((one) => one.pid)).size).toBe(1);
  expect(found[0]?.pid).not.toBe(pid);
});
