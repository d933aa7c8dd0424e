import { noCounts, type Snapshot, type WireCounts } from './figures.ts';

function added(one: readonly number[], other: readonly number[]): number[] {
  return one.map((value, at) => value + (other[at] ?? 0));
}

function addedCounts(one: WireCounts, other: WireCounts): WireCounts {
  const refusals = { ...one.refusals };
  for (const [reason, count] of Object.entries(other.refusals)) refusals[reason] = (refusals[reason] ?? 0) + count;
  return {
    requests: added(one.requests, other.requests),
    durations: added(one.durations, other.durations),
    durationSum: one.durationSum + other.durationSum,
    inFlight: one.inFlight + other.inFlight,
    left: one.left + other.left,
    cut: one.cut + other.cut,
    refusals,
    connections: one.connections + other.connections,
    open: one.open + other.open,
    bytesIn: one.bytesIn + other.bytesIn,
    bytesOut: one.bytesOut + other.bytesOut,
  };
}

/** What several processes have counted, by wire. */
export function addUp(snapshots: readonly Pick<Snapshot, 'wires'>[]): Record<string, WireCounts> {
  const sum: Record<string, WireCounts> = {};
  for (const { wires } of snapshots) {
    for (const [name, counts] of Object.entries(wires)) sum[name] = addedCounts(sum[name] ?? noCounts(), counts);
  }
  return sum;
}

/** What stays of a process that has ended: what it has counted, and nothing that it had. */
export function remaining(snapshot: Snapshot): Snapshot {
  const wires = Object.entries(snapshot.wires).map(([name, counts]) => [name, { ...counts, inFlight: 0, open: 0 }]);
  return { ...snapshot, wires: Object.fromEntries(wires), memory: 0, loopDelay: { mean: 0, p99: 0, max: 0 } };
}
