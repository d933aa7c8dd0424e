import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TRANSITIONS } from '../src/forward/target-state.ts';
import { Target, Targets, type TargetUse, type Verdict } from '../src/forward/targets.ts';

type Event =
  | { readonly do: 'choose'; readonly tried: readonly number[] }
  | { readonly do: 'judge'; readonly which: number; readonly verdict: Verdict }
  | { readonly do: 'end'; readonly which: number }
  | { readonly do: 'wait'; readonly milliseconds: number };

/** Counted from the latest. */
const which = fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 1 }) }, { weight: 1, arbitrary: fc.nat({ max: 30 }) });
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.subarray([0, 1, 2]).map((tried): Event => ({ do: 'choose', tried: tried.length === 3 ? [] : tried })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(which, fc.constantFrom<Verdict>('answered', 'failed', 'unreachable', 'undecided'))
      .map(([number, verdict]): Event => ({ do: 'judge', which: number, verdict })),
  },
  { weight: 2, arbitrary: which.map((number): Event => ({ do: 'end', which: number })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(10, 1000, 40_000).map((milliseconds): Event => ({ do: 'wait', milliseconds })),
  },
);

const named = (count: number): Target<number>[] =>
  Array.from({ length: count }, (_, index) => new Target(`target ${index}`, index));

it('whatever requests come to, in any order: the least active of those that answer gets the next, and one at a time tries', () => {
  const taken = new Set<string>();
  fc.assert(
    fc.property(fc.array(event, { minLength: 100, maxLength: 200 }), (events) => {
      const targets = new Targets(named(3));
      const uses: TargetUse<number>[] = [];
      const open = new Set<TargetUse<number>>();
      const judged = new Set<TargetUse<number>>();
      const trying = new Map<Target<number>, TargetUse<number>>();
      const outSince = new Map<Target<number>, number>();
      let now = 0;
      for (const one of events) {
        const before = targets.all.map(({ state }) => state);
        if (one.do === 'wait') now += one.milliseconds;
        else if (one.do === 'choose') {
          const tried = targets.all.filter((_, index) => one.tried.includes(index));
          const untried = targets.all.filter((target) => !tried.includes(target));
          const wanted = untried.filter((target) => target.isWanted(now));
          const from = wanted.length > 0 ? wanted : untried;
          const least = Math.min(...from.map(({ active }) => active));
          const use = targets.choose(tried, now);
          if (use === undefined) throw new Error('none was chosen');
          expect(from).toContain(use.target);
          expect(use.target.active).toBe(least + 1);
          uses.push(use);
          open.add(use);
          const index = use.target.way;
          if (before[index] === 'out' && use.target.state === 'trying') trying.set(use.target, use);
        } else {
          const use = uses[uses.length - 1 - (one.which % Math.max(uses.length, 1))];
          if (use === undefined) continue;
          if (one.do === 'end') {
            use.end();
            open.delete(use);
          } else {
            const { target } = use;
            const state = target.state;
            const { pause } = target;
            const change = use.judge(one.verdict, now);
            // One that is being tried is judged by that request alone, but for an answer.
            if (state === 'trying' && target.state === 'out') {
              expect(trying.get(target)).toBe(use);
              expect(target.pause).toBe(one.verdict === 'undecided' ? pause : Math.min(30_000, 2 * pause));
            }
            if (judged.has(use)) expect(target.state).toBe(state);
            judged.add(use);
            expect(change).toBe(
              state !== 'out' && state !== 'trying' && target.state === 'out'
                ? 'out'
                : (state === 'out' || state === 'trying') && target.state === 'up'
                  ? 'back'
                  : undefined,
            );
            if (change === 'out') outSince.set(target, now);
            if (target.state === 'up') expect(one.verdict === 'answered' || state === 'up').toBe(true);
          }
        }
        for (const [index, target] of targets.all.entries()) {
          expect(target.active).toBe([...open].filter((use) => use.target === target).length);
          expect(target.pause).toBeGreaterThanOrEqual(1000);
          expect(target.pause).toBeLessThanOrEqual(30_000);
          // Nobody goes out and comes to be tried within the shortest pause.
          if (target.state === 'trying') expect(now - (outSince.get(target) ?? now)).toBeGreaterThanOrEqual(1000);
          const from = before[index];
          if (from === undefined || from === target.state) continue;
          expect(Object.values(TRANSITIONS[from])).toContain(target.state);
          taken.add(`${from} ${target.state}`);
        }
      }
    }),
    { numRuns: 60 },
  );
  const all = Object.entries(TRANSITIONS).flatMap(([from, to]) => Object.values(to).map((next) => `${from} ${next}`));
  expect([...taken].toSorted()).toEqual([...new Set(all)].toSorted());
});

it.each([1, 2, 3, 7])('%i targets that are equally busy get the same number of requests', (count) => {
  const targets = new Targets(named(count));
  for (let round = 0; round < 100 * count; round++) targets.choose([], 0)?.end();
  expect(targets.all.map(({ requests }) => requests)).toEqual(Array.from({ length: count }, () => 100));
});

it('one that is slow gets as many fewer as it is slower', () => {
  const targets = new Targets(named(2));
  const slow: TargetUse<number>[] = [];
  for (let round = 0; round < 100; round++) {
    const first = targets.choose([], 0);
    const second = targets.choose([], 0);
    for (const use of [first, second]) {
      if (use === undefined) continue;
      // The first target keeps its last ten.
      if (use.target.way === 0) slow.push(use);
      else use.end();
    }
    if (slow.length > 10) slow.shift()?.end();
  }
  expect(targets.all[0]?.requests).toBeLessThan(30);
});

it('is left out for one second, then twice as long each time, thirty at most, and an answer forgets that', () => {
  const [target = new Target('', 0)] = named(1);
  const targets = new Targets([target]);
  const pauses: number[] = [];
  let now = 0;
  targets.choose([], now)?.judge('unreachable', now);
  for (let round = 0; round < 8; round++) {
    pauses.push(target.pause);
    expect(target.isWanted(now + target.pause - 1)).toBe(false);
    now += target.pause;
    expect(target.isWanted(now)).toBe(true);
    const trial = targets.choose([], now);
    expect([target.state, target.isWanted(now)]).toEqual(['trying', false]);
    trial?.judge('failed', now);
  }
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  now += 30_000;
  expect(targets.choose([], now)?.judge('answered', now)).toBe('back');
  expect(targets.choose([], now)?.judge('unreachable', now)).toBe('out');
  expect([target.pause, target.outages]).toEqual([1000, 2]);
});

it('a hundred requests that fail together are one outage, and what was sent before it brings nobody back', () => {
  const [target = new Target('', 0)] = named(1);
  const targets = new Targets([target]);
  const uses = Array.from({ length: 100 }, () => targets.choose([], 0));
  expect(uses.map((use) => use?.judge('unreachable', 5)).filter((change) => change !== undefined)).toEqual(['out']);
  const early = targets.choose([], 6);
  expect([target.outages, target.pause, target.failures]).toEqual([1, 1000, 100]);
  // All are out, so it is asked all the same: an answer says that it is back.
  expect(early?.judge('answered', 7)).toBe('back');
});
