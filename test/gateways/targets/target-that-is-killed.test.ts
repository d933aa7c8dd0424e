import { describe, expect, it } from 'vitest';
import { load, several, twice, WIRES } from './several.ts';

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

describe.each(WIRES)('%s', (wire) => {
  it.each(['GET', 'POST'])(
    '%s: only what was inside a killed target may fail, and it gets requests again when it is back',
    async (method) => {
      const all = await several(wire, {}, soon);
      const [killed] = all.relays;
      const { statuses } = await load(all, { count: 200, method }, (answered) => {
        if (answered === 60) killed.kill();
      });
      // What it had begun is sent once more if it may be, and never otherwise.
      expect(statuses[200]).toBeGreaterThanOrEqual(method === 'GET' ? 200 : 200 - 8);
      expect(Object.keys(statuses).every((status) => status === '200' || status === '502')).toBe(true);
      const again = twice(all);
      if (method === 'POST') expect(again).toEqual([]);
      else expect(again.length).toBeLessThanOrEqual(8);
      expect(all.app.targets[0]?.state).toBe('out');
      const before = killed.seen.length;
      await killed.start();
      await expect
        .poll(
          async () => {
            await load(all, { count: 6, method });
            return killed.seen.length > before + 10 && all.app.targets[0]?.state;
          },
          { timeout: 20_000, interval: 100 },
        )
        .toBe('up');
      expect(all.lines.map((line) => /left out|answers again/.exec(line)?.[0])).toEqual(['left out', 'answers again']);
      expect(all.app.targets.map(({ active }) => active)).toEqual([0, 0, 0]);
    },
  );
});
