import { expect, it } from 'vitest';
import { serving, told, type Wire } from './asking.ts';

interface Allocated {
  bytes: number;
  objects: number;
  functions: { name: string; bytes: number; objects: number }[];
}

const REQUESTS = 200;

/**
 * What a request allocates, without the optimising compiler, whose work depends on how busy the machine is: so every run counts the
 * same but for 1 %. Who needs more than is allowed here makes garbage collection dearer, which is an eighth of the CPU time of a small
 * request: is it needed by each request? The numbers are those of Node 20 and a tenth more; newer ones need less.
 */
it.each([
  { wire: 'http', method: 'GET', bytes: 6150, objects: 109 },
  { wire: 'http', method: 'POST', bytes: 10_750, objects: 143 },
  { wire: 'fcgi', method: 'GET', bytes: 9500, objects: 176 },
  { wire: 'fcgi', method: 'POST', bytes: 13_850, objects: 265 },
  { wire: 'scgi', method: 'GET', bytes: 18_200, objects: 335 },
] as const)('a $method over $wire allocates $bytes bytes and $objects objects at most', async (allowed) => {
  const { bytes, objects, functions } = await allocated(allowed.wire, allowed.method);
  const where = functions.map(
    (one) => `${(one.bytes / REQUESTS).toFixed(0)} bytes, ${(one.objects / REQUESTS).toFixed(1)} objects: ${one.name}`,
  );
  // Those that allocate most are named where it is too much.
  expect(bytes / REQUESTS > allowed.bytes ? [`${bytes / REQUESTS} bytes`, ...where] : []).toEqual([]);
  expect(objects / REQUESTS > allowed.objects ? [`${objects / REQUESTS} objects`, ...where] : []).toEqual([]);
  expect(bytes / REQUESTS).toBeGreaterThan(1000);
});

async function allocated(wire: Wire, method: string): Promise<Allocated> {
  const { child, ask, stop } = await serving(wire, method, ['--no-opt']);
  try {
    // What is made once per process, and what is compiled.
    await ask(1500);
    await told(child, 'begin');
    await ask(REQUESTS);
    return await told<Allocated>(child, 'end');
  } finally {
    stop();
  }
}
