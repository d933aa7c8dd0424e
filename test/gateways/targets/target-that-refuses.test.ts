import { describe, expect, it } from 'vitest';
import { load, several, twice, WIRES } from './several.ts';

describe.each(WIRES)('%s', (wire) => {
  it('a target that refuses connections takes none of the requests with it, whatever their method', async () => {
    const all = await several(wire);
    all.relays[1].kill();
    for (const method of ['GET', 'POST']) {
      expect((await load(all, { count: 60, method })).statuses).toEqual({ 200: 60 });
    }
    expect(twice(all)).toEqual([]);
    const [, refusing] = all.app.targets;
    expect(refusing?.state).toBe('out');
    // Those that came before the first was refused, and one at a time afterwards.
    expect(refusing?.failures).toBeLessThan(12);
    expect(refusing?.passedOn).toBe(refusing?.failures);
    expect(all.lines).toEqual([
      expect.stringMatching(/^gateway: \w+:\/\/127\.0\.0\.1:\d+ is left out, and tried again in 1 s: .*ECONNREFUSED/),
    ]);
  });

  it('when all refuse, all are asked, each time; who is back answers at once', async () => {
    const all = await several(wire);
    for (const relay of all.relays) relay.kill();
    expect((await load(all, { count: 10, atATime: 1, method: 'POST' })).statuses).toEqual({ 502: 10 });
    expect(all.app.targets.map(({ state, requests }) => [state, requests])).toEqual([
      ['out', 10],
      ['out', 10],
      ['out', 10],
    ]);
    await all.relays[2].start();
    expect(await load(all, { count: 10, atATime: 1, method: 'POST' })).toEqual({
      statuses: { 200: 10 },
      names: { c: 10 },
    });
    expect(all.lines.filter((line) => line.includes('left out'))).toHaveLength(3);
    expect(all.lines.filter((line) => line.includes('answers again'))).toHaveLength(1);
  });
});
