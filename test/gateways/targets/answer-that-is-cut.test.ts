import { describe, expect, it } from 'vitest';
import { load, several, twice, WIRES } from './several.ts';

describe.each(WIRES)('%s', (wire) => {
  it.each(['GET', 'POST'])(
    '%s: an answer that breaks off after its head is cut for the client too, and not asked for again',
    async (method) => {
      const all = await several(wire);
      all.relays[1].cutAt = 1;
      const { statuses } = await load(all, { count: 30, atATime: 1, method });
      expect(statuses).toEqual({ 200: 20, cut: 10 });
      expect(twice(all)).toEqual([]);
      expect(all.app.targets.map(({ active }) => active)).toEqual([0, 0, 0]);
    },
  );

  it('one that breaks off within its head is not asked for again either: it has begun', async () => {
    const all = await several(wire);
    all.relays[1].cutAt = -10;
    const { statuses } = await load(all, { count: 6, atATime: 1 });
    expect(statuses[502]).toBeGreaterThan(0);
    expect(twice(all)).toEqual([]);
  });
});
