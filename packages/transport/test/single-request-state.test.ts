import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConnectionState, type Event, type Phase, TRANSITIONS } from '../src/single-request/connection-state.ts';

const events: Event[] = ['called', 'answered', 'replied', 'gone'];

test('random events: only what the table says happens, and every transition of it is taken', () => {
  const taken = new Set<string>();
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 12 }), (happenings) => {
      const state = new ConnectionState();
      for (const event of happenings) {
        const { phase } = state;
        const next: Phase | undefined = TRANSITIONS[phase][event];
        expect(state.on(event)).toBe(next !== undefined);
        expect(state.phase).toBe(next ?? phase);
        expect(state.isOpen).toBe(state.phase === 'running' || state.phase === 'answering');
        if (next !== undefined) taken.add(`${phase} ${event} ${next}`);
      }
    }),
    { numRuns: 1000 },
  );
  const all = Object.entries(TRANSITIONS).flatMap(([phase, row]) =>
    Object.entries(row).map(([event, next]) => `${phase} ${event} ${next}`),
  );
  expect([...taken].toSorted()).toEqual(all.toSorted());
});

test('the socket is not read while the application has enough, but for what tells whether the front end has left', () => {
  const state = new ConnectionState();
  state.excess = 1;
  expect(state.mustPause).toBe(false);
  state.on('called');
  expect([state.hasEnough, state.mustPause]).toEqual([true, true]);
  state.awaited = 1;
  expect([state.hasEnough, state.mustPause]).toEqual([false, false]);
  state.awaited = 0;
  state.on('answered');
  state.readOn = 65_536;
  expect([state.hasEnough, state.mustPause]).toEqual([true, false]);
  state.excess = 65_537;
  expect(state.mustPause).toBe(true);
  state.on('replied');
  expect([state.hasEnough, state.mustPause]).toEqual([false, false]);
});
