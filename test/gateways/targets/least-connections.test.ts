import { describe, expect, it } from 'vitest';
import { load, several, twice, WIRES } from './several.ts';

const soon = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe.each(WIRES)('%s', (wire) => {
  it('servers that are equally busy get the same number of requests', async () => {
    const all = await several(wire);
    expect(await load(all, { count: 90, atATime: 1 })).toEqual({
      statuses: { 200: 90 },
      names: { a: 30, b: 30, c: 30 },
    });
    expect(all.app.targets.map(({ requests, active, failures }) => [requests, active, failures])).toEqual([
      [30, 0, 0],
      [30, 0, 0],
      [30, 0, 0],
    ]);
    expect([all.lines, twice(all)]).toEqual([[], []]);
  });

  it('one that is slow gets fewer, and loses none', async () => {
    const all = await several(wire, {}, ({ name }) => soon(name === 'a' ? 100 : 1));
    const { statuses, names } = await load(all, { count: 200, atATime: 6 });
    expect(statuses).toEqual({ 200: 200 });
    expect(names.a).toBeLessThan(50);
    expect(names.a).toBeGreaterThan(0);
    expect(all.app.targets.map(({ active }) => active)).toEqual([0, 0, 0]);
  });
});
