import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type PoolAction,
  type PoolEvent,
  type PoolSettings,
  PoolStates,
  type ProgramState,
} from '../src/programs/pool-states.ts';

const SETTINGS: PoolSettings = {
  mode: 'dynamic',
  maxChildren: 4,
  minSpare: 1,
  maxSpare: 2,
  processIdleTimeout: 1000,
  queue: 3,
  queueTimeout: 5000,
  checkTimeout: 500,
};

/** All transitions that were seen, as `idle busy`. */
const seen = new Set<string>();

/** Drives the machine with real consequences: so many programs live as it says, and a request has one at most. */
class World {
  readonly states: PoolStates;
  readonly settings: PoolSettings;
  readonly programs = new Map<number, ProgramState>();
  /** Program by request. */
  readonly running = new Map<number, number>();
  readonly refused = new Map<number, string>();
  readonly waiting = new Set<number>();
  now = 0;
  wake = Infinity;
  #lastProgram = 0;
  #lastRequest = 0;

  constructor(settings: Partial<PoolSettings> = {}) {
    this.settings = { ...SETTINGS, ...settings };
    this.states = new PoolStates(this.settings);
  }

  take(event: PoolEvent): void {
    const actions = this.states.take(event, this.now);
    for (const action of actions) this.#carryOut(action);
    this.#compare(event);
  }

  begin(): void {
    this.take({ type: 'time' });
    this.keepUp();
  }

  /** What the crew does: starts what is missing. */
  keepUp(): void {
    while (this.alive.length < this.states.size) {
      const program = ++this.#lastProgram;
      this.programs.set(program, 'starting');
      seen.add('none starting');
      this.take({ type: 'started', program });
    }
  }

  request(): number {
    const request = ++this.#lastRequest;
    this.waiting.add(request);
    this.take({ type: 'request', request });
    return request;
  }

  at(time: number): void {
    this.now = time;
    this.take({ type: 'time' });
  }

  get alive(): number[] {
    return [...this.programs].filter(([, state]) => state !== 'ending').map(([id]) => id);
  }

  of(state: ProgramState): number[] {
    return [...this.programs].filter(([, found]) => found === state).map(([id]) => id);
  }

  over(program: number, said: boolean): void {
    for (const [request, found] of this.running) if (found === program) this.running.delete(request);
    if (this.programs.get(program) === 'busy') this.#move(program, said ? 'idle' : 'unsure');
    this.take({ type: 'over', program, said });
  }

  move(type: 'ready' | 'free' | 'ends' | 'gone', program: number): void {
    const from = this.programs.get(program);
    if (type === 'ready' && from === 'starting') this.#move(program, 'idle');
    if (type === 'free' && from === 'unsure') this.#move(program, 'idle');
    if (type === 'ends') this.#move(program, 'ending');
    if (type === 'gone') {
      this.#move(program, undefined);
      for (const [request, found] of this.running) if (found === program) this.running.delete(request);
    }
    this.take({ type, program });
  }

  #move(program: number, to: ProgramState | undefined): void {
    const from = this.programs.get(program);
    if (from === undefined || from === to) return;
    seen.add(`${from} ${to ?? 'gone'}`);
    if (to === undefined) this.programs.delete(program);
    else this.programs.set(program, to);
  }

  #carryOut(action: PoolAction): void {
    if (action.type === 'assign') {
      expect(this.waiting.delete(action.request), 'it waited').toBe(true);
      expect(this.programs.get(action.program), 'a program is free when it gets a request').toBe('idle');
      this.#move(action.program, 'busy');
      this.running.set(action.request, action.program);
    }
    if (action.type === 'refuse') {
      expect(this.waiting.delete(action.request), 'it waited').toBe(true);
      this.refused.set(action.request, action.why);
    }
    if (action.type === 'stuck') this.#move(action.program, 'ending');
    if (action.type === 'size') {
      const surplus = this.alive.length - action.size;
      for (const program of action.spare.slice(0, Math.max(0, surplus))) {
        expect(this.programs.get(program), 'what can go best is idle').toBe('idle');
        this.#toEnd.push(program);
      }
    }
    if (action.type === 'wake') this.wake = action.at;
  }

  readonly #toEnd: number[] = [];

  /** What the crew was told to end. */
  endSpare(): void {
    for (const program of this.#toEnd.splice(0)) if (this.programs.get(program) === 'idle') this.move('ends', program);
  }

  #compare(event: PoolEvent): void {
    expect([...this.states.states].toSorted(), `after ${event.type}`).toEqual([...this.programs.values()].toSorted());
    expect(this.states.waiting).toBe(this.waiting.size);
    const busy = [...this.running.values()];
    expect(new Set(busy).size, 'a program has one request').toBe(busy.length);
    const { maxChildren, queue, mode, minSpare } = this.settings;
    expect(this.states.size).toBeLessThanOrEqual(maxChildren);
    expect(this.states.size).toBeGreaterThanOrEqual(
      mode === 'static' ? maxChildren : mode === 'dynamic' ? Math.min(minSpare, maxChildren) : 0,
    );
    expect(this.waiting.size, 'the queue is bounded').toBeLessThanOrEqual(queue + maxChildren);
  }
}

function running(settings: Partial<PoolSettings> = {}): World {
  const world = new World(settings);
  world.begin();
  for (const program of world.of('starting')) world.move('ready', program);
  return world;
}

describe('static', () => {
  it('has as many programs as it may, always', () => {
    const world = running({ mode: 'static' });
    expect(world.states.size).toBe(4);
    for (let request = 0; request < 4; request++) world.request();
    expect(world.of('busy')).toHaveLength(4);
    for (const program of world.of('busy')) world.over(program, true);
    world.at(1_000_000);
    expect([world.states.size, world.wake]).toEqual([4, Infinity]);
  });

  it('gives a request to the program that was used last', () => {
    const world = running({ mode: 'static' });
    const first = world.running.get(world.request()) ?? 0;
    world.over(first, true);
    expect(world.running.get(world.request())).toBe(first);
  });
});

describe('ondemand', () => {
  it('has none, and one for each request that finds none free', () => {
    const world = running({ mode: 'ondemand' });
    expect([world.states.size, world.wake]).toEqual([0, Infinity]);
    world.request();
    expect(world.states.size).toBe(1);
    world.keepUp();
    world.request();
    expect(world.states.size).toBe(2);
    world.keepUp();
    for (const program of world.of('starting')) world.move('ready', program);
    expect(world.running.size).toBe(2);
    for (const program of world.of('busy')) world.over(program, true);
    world.request();
    expect(world.states.size, 'one is free').toBe(2);
  });

  it('starts no more than it may, whatever waits', () => {
    const world = running({ mode: 'ondemand', queue: 100 });
    for (let request = 0; request < 50; request++) world.request();
    expect(world.states.size).toBe(4);
  });

  it('ends those that have rested long enough, and only those', () => {
    const world = running({ mode: 'ondemand' });
    world.request();
    world.request();
    world.keepUp();
    for (const program of world.of('starting')) world.move('ready', program);
    const [first = 0, second = 0] = world.of('busy');
    world.over(first, true);
    world.now = 600;
    world.over(second, true);
    expect(world.wake).toBe(1000);
    world.at(1000);
    world.endSpare();
    expect(world.of('ending')).toEqual([first]);
    expect(world.wake).toBe(1600);
    world.at(1600);
    world.endSpare();
    expect(world.states.size).toBe(0);
  });

  it('does not start again for nobody what could not start', () => {
    const world = running({ mode: 'ondemand' });
    const request = world.request();
    world.keepUp();
    world.move('gone', 1);
    expect(world.states.size, 'it is waited for').toBe(1);
    world.waiting.delete(request);
    world.take({ type: 'leave', request });
    expect(world.states.size).toBe(0);
  });
});

describe('dynamic', () => {
  it('holds its spare programs: more at once, fewer one a second', () => {
    const world = running({ maxChildren: 10, minSpare: 2, maxSpare: 3 });
    expect(world.states.size).toBe(2);
    for (let request = 0; request < 6; request++) world.request();
    expect(world.states.size).toBe(8);
    world.keepUp();
    for (const program of world.of('starting')) world.move('ready', program);
    expect([world.of('busy').length, world.of('idle').length]).toEqual([6, 2]);
    for (const program of world.of('busy')) world.over(program, true);
    expect(world.states.size).toBe(8);
    const sizes: number[] = [];
    while (world.wake < Infinity) {
      world.at(world.wake);
      world.endSpare();
      sizes.push(world.states.size);
    }
    expect(sizes).toEqual([7, 6, 5, 4, 3]);
    expect(world.now).toBe(5000);
  });

  it('never has more than it may', () => {
    const world = running({ queue: 100 });
    for (let request = 0; request < 50; request++) world.request();
    expect(world.states.size).toBe(4);
  });
});

describe('who waits', () => {
  it('is served in turn, and those that are too many are refused', () => {
    const world = running({ mode: 'static' });
    for (let request = 1; request <= 8; request++) world.request();
    expect(world.refused).toEqual(new Map([[8, 'full']]));
    const [program = 0] = world.of('busy');
    world.over(program, true);
    expect(world.running.get(5)).toBe(program);
  });

  it('is refused when it has waited too long', () => {
    const world = running({ mode: 'static', maxChildren: 1 });
    world.request();
    const late = world.request();
    expect(world.wake).toBe(5000);
    world.at(5000);
    expect(world.refused.get(late)).toBe('late');
  });

  it('is refused when all end, and so is who comes then', () => {
    const world = running({ mode: 'static', maxChildren: 1 });
    world.request();
    const before = world.request();
    world.take({ type: 'stop' });
    const after = world.request();
    expect([world.refused.get(before), world.refused.get(after)]).toEqual(['ended', 'ended']);
  });
});

describe('a program whose request was given up', () => {
  it('gets no other until it has shown that it is free', () => {
    const world = running({ mode: 'static', maxChildren: 1 });
    world.request();
    world.over(1, false);
    const next = world.request();
    expect(world.running.has(next)).toBe(false);
    world.move('free', 1);
    expect(world.running.get(next)).toBe(1);
  });

  it('is ended when it does not', () => {
    const world = running({ mode: 'static', maxChildren: 1 });
    world.request();
    world.over(1, false);
    expect(world.wake).toBe(500);
    world.at(500);
    expect(world.of('ending')).toEqual([1]);
  });
});

describe('from each state', () => {
  it.each<[ProgramState, (world: World) => void]>([
    ['starting', () => {}],
    ['idle', (world) => world.move('ready', 1)],
    [
      'busy',
      (world) => {
        world.move('ready', 1);
        world.request();
      },
    ],
    [
      'unsure',
      (world) => {
        world.move('ready', 1);
        world.request();
        world.over(1, false);
      },
    ],
    ['ending', (world) => world.move('ends', 1)],
  ])('%s, a program can be told to end, and be gone', (state, reach) => {
    for (const last of ['ends', 'gone'] as const) {
      const world = new World({ mode: 'static', maxChildren: 1 });
      world.begin();
      reach(world);
      expect(world.of(state)).toEqual([1]);
      world.move(last, 1);
      expect([world.of('ending').length, world.programs.size]).toEqual(last === 'ends' ? [1, 1] : [0, 0]);
      world.move('gone', 1);
      world.keepUp();
      world.move('ready', 2);
      const next = world.request();
      expect(world.running.get(next)).toBe(2);
    }
  });
});

const event = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('request' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom('ready' as const, 'free' as const, 'keepUp' as const, 'endSpare' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('over' as const), pick: fc.nat(), said: fc.boolean() }) },
  fc.record({ type: fc.constantFrom('leave' as const, 'ends' as const, 'gone' as const), pick: fc.nat() }),
  fc.record({ type: fc.constant('pass' as const), time: fc.integer({ min: 1, max: 3000 }) }),
);

it('whatever happens: a program has one request at most, nobody waits for ever, and it comes to rest as its mode says', () => {
  const settings = fc.record({
    mode: fc.constantFrom('static' as const, 'dynamic' as const, 'ondemand' as const),
    maxChildren: fc.integer({ min: 2, max: 6 }),
    minSpare: fc.integer({ min: 1, max: 2 }),
    queue: fc.integer({ min: 0, max: 4 }),
  });
  fc.assert(
    fc.property(settings, fc.array(event, { minLength: 20, maxLength: 150, size: 'max' }), (chosen, events) => {
      const world = new World(chosen);
      world.begin();
      const pickOf = (all: readonly number[], pick: number): number => all[pick % Math.max(1, all.length)] ?? 0;
      for (const found of events) {
        if (found.type === 'pass') world.at(world.now + found.time);
        else if (found.type === 'request') world.request();
        else if (!('pick' in found)) {
          if (found.type === 'keepUp') world.keepUp();
          else if (found.type === 'endSpare') world.endSpare();
          else world.move(found.type, world.of(found.type === 'ready' ? 'starting' : 'unsure')[0] ?? 0);
        } else if (found.type === 'over') world.over(pickOf(world.of('busy'), found.pick), found.said);
        else if (found.type === 'leave') {
          const request = pickOf([...world.waiting], found.pick);
          world.waiting.delete(request);
          world.take({ type: 'leave', request });
        } else {
          const all = [...world.programs.keys()];
          world.move(found.type, pickOf(all, found.pick));
        }
      }
      // From here on everything goes well.
      for (let round = 0; round < 60; round++) {
        world.keepUp();
        for (const program of world.of('starting')) world.move('ready', program);
        for (const program of world.of('unsure')) world.move('free', program);
        for (const program of world.of('busy')) world.over(program, true);
        world.endSpare();
        for (const program of world.of('ending')) world.move('gone', program);
        if (world.wake < Infinity) world.at(Math.max(world.now, world.wake));
        world.endSpare();
      }
      expect([world.waiting.size, world.running.size, world.wake]).toEqual([0, 0, Infinity]);
      const { mode, maxChildren, minSpare, maxSpare } = world.settings;
      expect(world.of('idle')).toHaveLength(world.states.size);
      if (mode === 'static') expect(world.states.size).toBe(maxChildren);
      if (mode === 'ondemand') expect(world.states.size).toBe(0);
      if (mode === 'dynamic') {
        expect(world.states.size).toBeGreaterThanOrEqual(Math.min(minSpare, maxChildren));
        expect(world.states.size).toBeLessThanOrEqual(Math.min(maxSpare, maxChildren));
      }
    }),
    { numRuns: 150 },
  );
});

it('has taken all of its transitions in these tests', () => {
  expect([...seen].toSorted()).toEqual(
    [
      'none starting',
      'starting idle',
      'idle busy',
      'busy idle',
      'busy unsure',
      'unsure idle',
      ...['starting', 'idle', 'busy', 'unsure', 'ending'].flatMap((state) => [`${state} ending`, `${state} gone`]),
    ]
      .filter((transition) => transition !== 'ending ending')
      .toSorted(),
  );
});
