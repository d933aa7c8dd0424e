import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { Crew, startProcess } from '../src/index.ts';

const module = fileURLToPath(new URL('./apps/ends-at-start.js', import.meta.url));

function crewOf(how: string, size: number): { crew: Crew; lines: string[] } {
  const lines: string[] = [];
  const crew = new Crew({
    size,
    grace: 1000,
    log: (line) => lines.push(line),
    start: (_id, events) =>
      startProcess({ module, args: [how], env: process.env, descriptors: [], responseTimeout: Infinity }, events),
  });
  crew.start();
  onTestFinished(async () => {
    crew.force();
    await crew.ended;
  });
  return { crew, lines };
}

const waits = (lines: readonly string[], how: string): string[] =>
  lines.flatMap((line) => {
    const [, found, wait = ''] =
      /^worker \d+ ended before it was ready \((.*)\): next start in ([\d.]+) s$/.exec(line) ?? [];
    return found === how ? [wait] : [];
  });

it.each([
  ['1', 'exit code 1'],
  ['0', 'exit code 0'],
  ['SIGABRT', 'SIGABRT'],
])('a process that ends at its start with %s is started again, ever more seldom', async (how, said) => {
  const { crew, lines } = crewOf(how, 1);
  await expect.poll(() => waits(lines, said), { timeout: 30_000 }).toEqual(['0.1', '0.2', '0.4', '0.8']);
  expect(crew.over).toBe(false);
  crew.stop();
  expect(await crew.ended).toBe(0);
});

it('one that ends at its start with 3 is not tried again: all end, with 3', async () => {
  const { crew, lines } = crewOf('3', 3);
  expect(await crew.ended).toBe(3);
  expect(crew.states).toEqual([]);
  expect(waits(lines, 'exit code 3')).toEqual([]);
});
