import { describe, expect, it } from 'vitest';
import { load, several, twice, WIRES } from './several.ts';

describe.each(WIRES)('%s', (wire) => {
  it('GET: a target that accepts and never answers costs time, and no request', async () => {
    const all = await several(wire, { responseTimeout: 250 });
    all.relays[1].stalls = true;
    expect((await load(all, { count: 60 })).statuses).toEqual({ 200: 60 });
    expect(all.app.targets[1]?.state).toBe('out');
    expect(all.app.targets[1]?.failures).toBeLessThanOrEqual(8);
    expect(twice(all)).toEqual([]);
    expect(all.lines).toEqual([expect.stringContaining('no answer within 250 ms')]);
  });

  it('POST: those that it has taken are a 504, and no more', async () => {
    const all = await several(wire, { responseTimeout: 250 });
    all.relays[1].stalls = true;
    const { statuses } = await load(all, { count: 60, method: 'POST' });
    expect(statuses[504]).toBe(all.app.targets[1]?.failures);
    expect(statuses[504]).toBeLessThanOrEqual(8);
    expect((statuses[200] ?? 0) + (statuses[504] ?? 0)).toBe(60);
    expect(twice(all)).toEqual([]);
  });
});

it('POST: those that wait for a connection of a pool that stalls go elsewhere', async () => {
  const all = await several('fcgi, kept', { responseTimeout: 400, pool: 1 });
  all.relays[1].stalls = true;
  const { statuses } = await load(all, { count: 60, atATime: 12, method: 'POST' });
  expect(statuses[504] ?? 0).toBeLessThanOrEqual(2);
  expect((statuses[200] ?? 0) + (statuses[504] ?? 0)).toBe(60);
  expect(all.app.targets[1]?.passedOn).toBeGreaterThan(0);
  expect(twice(all)).toEqual([]);
});
