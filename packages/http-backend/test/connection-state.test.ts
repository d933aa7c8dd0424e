import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import {
  CONNECTION,
  type ConnectionEvent,
  type ConnectionPhase,
  ConnectionState,
} from '../src/http1/connection-state.ts';

const phases = Object.keys(CONNECTION) as ConnectionPhase[];
const events = [...new Set(phases.flatMap((phase) => Object.keys(CONNECTION[phase])))] as ConnectionEvent[];
const all = phases.flatMap((phase) => Object.keys(CONNECTION[phase]).map((event) => `${phase} ${event}`));
const taken = new Set<string>();

function report(state: ConnectionState, event: ConnectionEvent): boolean {
  const { phase } = state;
  const known = state.on(event);
  if (known) taken.add(`${phase} ${event}`);
  return known;
}

const steps = fc.array(fc.oneof(fc.constantFrom(...events), fc.constantFrom('retire' as const, 'end' as const)), {
  maxLength: 60,
});

test('whatever is reported in whatever order: what the table has not changes nothing, and what it says holds', () => {
  fc.assert(
    fc.property(fc.option(fc.integer({ min: 1, max: 4 })), steps, (most, reported) => {
      const state = new ConnectionState(most ?? Infinity);
      let requests = 0;
      let isEnding = false;
      let isOver = false;
      let isGone = false;
      for (const event of reported) {
        if (event === 'end' || event === 'retire') {
          state[event]();
          isEnding = true;
          isOver ||= event === 'end';
          continue;
        }
        const before = state.phase;
        const expected: ConnectionPhase | undefined = CONNECTION[before][event];
        const wasOpen = state.open;
        expect(report(state, event)).toBe(expected !== undefined);
        expect(state.phase).toBe(expected ?? before);
        if (expected === undefined) continue;
        if (event === 'request' || event === 'requestWithBody') {
          // One request at a time: its answer ends before the next is begun.
          expect(['waiting', 'head']).toContain(before);
          requests += 1;
        }
        isEnding ||= event === 'refused' || requests === most;
        isGone ||= event === 'gone';
        // What has ended is not begun again.
        if (!wasOpen) expect(state.open).toBe(false);
      }
      const { phase } = state;
      expect(state.served).toBe(requests > 0);
      expect(state.goesOn).toBe(!isEnding);
      expect(state.over).toBe(isOver && requests > 0);
      expect(phase === 'closed').toBe(isGone);
      // At most one of these, or none.
      expect(Number(state.running) + Number(phase === 'waiting' || phase === 'head' || phase === 'draining')).toBe(
        Number(state.open),
      );
      // Bytes are read for whoever wants them, and for nobody else.
      if (state.reading) expect(state.open).toBe(true);
      if (phase === 'stalled' || phase === 'answering' || phase === 'last') expect(state.reading).toBe(false);
    }),
    { numRuns: 5_000 },
  );
});

test('every phase can be reached, and left for the end', () => {
  const reached = new Map<ConnectionPhase, ConnectionEvent[]>([['head', []]]);
  for (const [phase, path] of reached) {
    for (const [event, next] of Object.entries(CONNECTION[phase]) as [ConnectionEvent, ConnectionPhase][]) {
      if (!reached.has(next)) reached.set(next, [...path, event]);
    }
  }
  expect([...reached.keys()].toSorted()).toEqual(phases.toSorted());
  for (const phase of phases) if (phase !== 'closed') expect(CONNECTION[phase].gone).toBe('closed');
  // Each transition of each phase, once at least.
  for (const [phase, path] of reached) {
    for (const event of Object.keys(CONNECTION[phase]) as ConnectionEvent[]) {
      const state = new ConnectionState(Infinity);
      for (const step of path) report(state, step);
      expect([phase, report(state, event)]).toEqual([phase, true]);
    }
  }
});

afterAll(() => {
  expect([...taken].toSorted()).toEqual(all.toSorted());
});
