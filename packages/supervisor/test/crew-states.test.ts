import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CrewAction, type CrewEvent, CrewStates } from '../src/index.ts';

const SETTINGS = { size: 2, least: 1, name: 'worker', startTimeout: 1000, grace: 500, waits: false };

/** Drives the machine with real consequences: children that were started exist, killed ones end. */
class World {
  readonly states: CrewStates;
  readonly alive = new Map<number, 'starting' | 'ready' | 'draining' | 'killed'>();
  readonly said: string[] = [];
  now = 0;
  wake = Infinity;
  ended: number | undefined;
  reloads: boolean[] = [];

  constructor(size = SETTINGS.size, waits = false, least = SETTINGS.least) {
    this.states = new CrewStates({ ...SETTINGS, size, waits, least });
  }

  take(event: CrewEvent): CrewAction[] {
    if (event.type === 'gone') this.alive.delete(event.child);
    const actions = this.states.take(event, this.now);
    for (const action of actions) {
      if (action.type === 'start') this.alive.set(action.child, 'starting');
      if (action.type === 'drain' && this.alive.has(action.child)) this.alive.set(action.child, 'draining');
      if (action.type === 'kill' && this.alive.has(action.child)) this.alive.set(action.child, 'killed');
      if (action.type === 'say') this.said.push(action.text);
      if (action.type === 'wake') this.wake = action.at;
      if (action.type === 'reloaded') this.reloads.push(action.succeeded);
      if (action.type === 'end') {
        expect(this.ended, 'ends once').toBeUndefined();
        this.ended = action.code;
      }
    }
    if (event.type === 'ready' && this.alive.get(event.child) === 'starting') this.alive.set(event.child, 'ready');
    return actions;
  }

  ready(child: number): void {
    this.take({ type: 'ready', child });
  }

  gone(child: number, code: number | null = 1, signal: string | null = null): void {
    this.take({ type: 'gone', child, code, signal });
  }

  at(time: number): void {
    this.now = time;
    this.take({ type: 'time' });
  }

  of(state: string): number[] {
    return [...this.alive].filter(([, found]) => found === state).map(([id]) => id);
  }
}

function running(size = 2): World {
  const world = new World(size);
  world.at(0);
  for (const child of world.of('starting')) world.ready(child);
  return world;
}

describe('a crew', () => {
  it('starts as many children as it should have, and no more when they are ready', () => {
    const world = new World(3);
    world.at(0);
    expect(world.of('starting')).toEqual([1, 2, 3]);
    for (const child of [1, 2, 3]) world.ready(child);
    expect(world.of('ready')).toEqual([1, 2, 3]);
    expect(world.wake).toBe(Infinity);
  });

  it('replaces one that crashes, and waits longer after each crash', () => {
    const world = running();
    world.gone(1, null, 'SIGSEGV');
    expect(world.said.at(-1)).toMatch(/worker 1 ended unexpectedly \(SIGSEGV\)/);
    expect(world.of('starting')).toEqual([]);
    expect(world.wake).toBe(100);
    world.at(100);
    expect(world.of('starting')).toEqual([3]);
    world.gone(3);
    expect(world.wake).toBe(300);
    world.at(300);
    world.gone(4);
    expect(world.wake).toBe(700);
  });

  it('replaces at once one that had shown that it can run', () => {
    const world = running();
    world.now = 60_000;
    world.gone(1, null, 'SIGKILL');
    expect(world.of('starting')).toEqual([3]);
  });

  it('replaces at once one that has done some of its work, and any other when one of them has', () => {
    const world = running();
    world.take({ type: 'proven', child: 1 });
    world.gone(1, null, 'SIGSEGV');
    expect(world.of('starting')).toEqual([3]);
    world.ready(3);
    world.gone(3, null, 'SIGSEGV');
    expect(world.of('starting')).toEqual([]);
    world.take({ type: 'proven', child: 2 });
    expect(world.of('starting')).toEqual([4]);
  });

  it('shrinks by those that can go best, down to its least size', () => {
    const world = new World(3, false, 0);
    world.at(0);
    for (const child of world.of('starting')) world.ready(child);
    world.take({ type: 'resize', size: 1, spare: [2, 1] });
    expect([world.of('draining'), world.of('ready')]).toEqual([[1, 2], [3]]);
    world.take({ type: 'resize', size: -1 });
    expect(world.states.size).toBe(0);
    expect(world.of('ready')).toEqual([]);
    expect(world.wake).toBe(1500);
    for (const child of world.of('draining')) world.gone(child, 0);
    expect([world.wake, world.ended]).toEqual([Infinity, undefined]);
    world.take({ type: 'resize', size: 1 });
    expect(world.of('starting')).toEqual([4]);
  });

  it('never waits longer than half a minute', () => {
    const world = new World(1);
    world.at(0);
    for (let child = 1; child < 40; child++) {
      world.gone(child);
      expect(world.wake - world.now).toBeLessThanOrEqual(30_000);
      world.at(world.wake);
      expect(world.of('starting')).toEqual([child + 1]);
    }
  });

  it('ends with 3 when a child says that it cannot start, and nobody serves', () => {
    const world = new World(2);
    world.at(0);
    world.gone(1, 3);
    expect(world.of('draining')).toEqual([2]);
    world.gone(2, 3);
    expect(world.ended).toBe(3);
  });

  it('goes on when a successor cannot start and another child serves', () => {
    const world = running();
    world.gone(1, null, 'SIGKILL');
    world.at(world.wake);
    world.gone(3, 3);
    expect(world.ended).toBeUndefined();
    expect(world.of('ready')).toEqual([2]);
    world.at(world.wake);
    expect(world.of('starting')).toEqual([4]);
  });

  it('kills one that is not ready in time', () => {
    const world = new World(1);
    world.at(0);
    expect(world.wake).toBe(1000);
    world.at(1000);
    expect(world.of('killed')).toEqual([1]);
    world.gone(1, null, 'SIGKILL');
    world.at(world.wake);
    expect(world.of('starting')).toEqual([2]);
  });

  it('kills one that is silent, once', () => {
    const world = running();
    world.take({ type: 'silent', child: 1 });
    expect(world.of('killed')).toEqual([1]);
    expect(world.take({ type: 'silent', child: 1 }).some(({ type }) => type === 'kill')).toBe(false);
  });

  it('reloads one after another, each successor ready before the old one drains', () => {
    const world = running();
    world.take({ type: 'reload' });
    expect(world.of('starting')).toEqual([3]);
    expect(world.of('draining')).toEqual([]);
    world.ready(3);
    expect(world.of('draining')).toEqual([1]);
    expect(world.of('starting')).toEqual([4]);
    world.ready(4);
    expect(world.of('draining')).toEqual([1, 2]);
    expect(world.reloads).toEqual([true]);
    expect(world.of('ready')).toEqual([3, 4]);
    expect(world.of('starting')).toEqual([]);
  });

  it('keeps the old ones when a new one cannot start', () => {
    const world = running();
    world.take({ type: 'reload' });
    world.gone(3, 3);
    expect(world.of('ready')).toEqual([1, 2]);
    expect(world.said.at(-1)).toMatch(/^not reloaded: worker 3 could not start \(exit code 3\)/);
    expect(world.reloads).toEqual([false]);
    expect(world.of('starting')).toEqual([]);
    expect(world.wake).toBe(Infinity);
  });

  it('begins a reload again that is asked for while one runs', () => {
    const world = running();
    world.take({ type: 'reload' });
    world.take({ type: 'reload' });
    expect(world.of('draining')).toEqual([3]);
    expect(world.of('starting')).toEqual([4]);
    world.ready(4);
    world.ready(5);
    expect(world.of('ready')).toEqual([4, 5]);
  });

  it('replaces one that is spent, when its successor is ready', () => {
    const world = running();
    world.take({ type: 'spent', child: 2, why: 'requests' });
    expect(world.of('draining')).toEqual([]);
    expect(world.of('starting')).toEqual([3]);
    world.ready(3);
    expect(world.of('draining')).toEqual([2]);
    expect(world.of('ready')).toEqual([1, 3]);
  });

  it('replaces all at once at a restart: nothing of the last generation answers any more', () => {
    const world = running();
    const actions = world.take({ type: 'restart' });
    expect(world.of('draining')).toEqual([1, 2]);
    expect(actions).toContainEqual({ type: 'drain', child: 1, grace: 500, replaced: false });
    expect(world.of('starting')).toEqual([3, 4]);
    world.take({ type: 'restart' });
    expect(world.of('draining')).toEqual([1, 2, 3, 4]);
    world.ready(5);
    expect(world.reloads).toEqual([]);
    world.ready(6);
    expect(world.reloads).toEqual([true]);
  });

  it('that waits does not end when nobody can start, and starts again only when it is told to', () => {
    const world = new World(2, true);
    world.at(0);
    world.gone(1, 3);
    world.gone(2, 3);
    expect(world.said).toEqual(['worker 1 cannot start: waiting for a change']);
    expect([world.ended, world.wake]).toEqual([undefined, Infinity]);
    world.at(1_000_000);
    expect(world.of('starting')).toEqual([]);
    world.take({ type: 'restart' });
    expect(world.of('starting')).toEqual([3, 4]);
    world.gone(3, 3);
    world.gone(4, 3);
    world.take({ type: 'stop' });
    expect(world.ended).toBe(0);
  });

  it('replaces ever more seldom what needs more memory than it may have, and says so once', () => {
    const world = running(1);
    const waits: number[] = [];
    for (let child = 1; child <= 14; child++) {
      world.take({ type: 'spent', child, why: 'memory' });
      // A child says it once; should it say it again, nothing begins anew.
      world.take({ type: 'spent', child, why: 'memory' });
      expect(world.of('starting')).toEqual([]);
      waits.push(world.wake - world.now);
      world.at(world.wake);
      expect(world.of('starting')).toEqual([child + 1]);
      world.ready(child + 1);
      world.gone(child, 0);
    }
    expect(waits.slice(0, 4)).toEqual([1000, 2000, 4000, 8000]);
    expect(waits.slice(-2)).toEqual([600_000, 600_000]);
    expect(world.said.filter((line) => /needs more memory than it may have/.test(line))).toHaveLength(1);
    // One that grows while it serves is replaced at once, as ever, and the next one has its chance.
    world.now += 20_000;
    world.take({ type: 'spent', child: 15, why: 'memory' });
    expect(world.of('starting')).toEqual([16]);
    world.ready(16);
    world.take({ type: 'spent', child: 16, why: 'memory' });
    expect(world.wake - world.now).toBe(1000);
  });

  it('grows and shrinks', () => {
    const world = running();
    world.take({ type: 'resize', size: 4 });
    for (const child of world.of('starting')) world.ready(child);
    expect(world.of('ready')).toHaveLength(4);
    world.take({ type: 'resize', size: 0 });
    expect(world.of('ready')).toHaveLength(1);
    expect(world.of('draining')).toHaveLength(3);
  });

  it('drains at the end, kills what takes longer than its grace, and then ends', () => {
    const world = running();
    world.take({ type: 'stop' });
    expect(world.of('draining')).toEqual([1, 2]);
    world.gone(1, 0);
    expect(world.wake).toBe(1500);
    world.at(1500);
    expect(world.of('killed')).toEqual([2]);
    world.gone(2, null, 'SIGKILL');
    expect(world.ended).toBe(0);
  });

  it('tells one whose place is taken that others serve on, and takes that back when all end, without giving more time', () => {
    const world = running();
    world.take({ type: 'reload' });
    const [successor = 0] = world.of('starting');
    const actions = world.take({ type: 'ready', child: successor });
    expect(actions).toContainEqual({ type: 'drain', child: 1, grace: 500, replaced: true });
    world.now = 400;
    expect(world.take({ type: 'stop' })).toContainEqual({ type: 'drain', child: 1, grace: 500, replaced: false });
    for (const child of world.alive.keys()) if (child !== 1) world.gone(child, 0);
    expect(world.wake).toBe(1500);
  });

  it('drains again without grace when it is forced', () => {
    const world = running();
    world.take({ type: 'stop' });
    const actions = world.take({ type: 'force' });
    expect(actions).toContainEqual({ type: 'drain', child: 1, grace: 0, replaced: false });
    expect(world.wake).toBe(1000);
  });
});

const event = fc.oneof(
  fc.record({ type: fc.constant('ready' as const), pick: fc.nat() }),
  fc.record({ type: fc.constant('gone' as const), pick: fc.nat(), code: fc.constantFrom(0, 1, 3) }),
  fc.record({
    type: fc.constantFrom('silent' as const, 'spent' as const, 'leaving' as const, 'proven' as const),
    pick: fc.nat(),
  }),
  fc.record({ type: fc.constant('resize' as const), size: fc.integer({ min: -1, max: 5 }) }),
  fc.record({ type: fc.constantFrom('reload' as const, 'restart' as const, 'time' as const) }),
  fc.record({ type: fc.constant('pass' as const), time: fc.integer({ min: 1, max: 20_000 }) }),
);

it('whatever happens: never more than one child above its size is started, and it comes to rest with all serving', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(event, { maxLength: 80 }), (size, events) => {
      const world = new World(size, events.length % 2 === 1, size % 2);
      world.at(0);
      const any = (pick: number): number => [...world.alive.keys()][pick % Math.max(1, world.alive.size)] ?? 0;
      for (const found of events) {
        if (found.type === 'pass') world.at(world.now + found.time);
        else if (found.type === 'resize') world.take(found);
        else if (!('pick' in found)) world.take({ type: found.type });
        else if (found.type === 'gone') world.gone(any(found.pick), found.code);
        else if (found.type === 'leaving') {
          const child = any(found.pick);
          world.take({ type: 'leaving', child });
          if (world.alive.has(child)) world.alive.set(child, 'draining');
        } else if (found.type === 'ready') world.ready(any(found.pick));
        else if (found.type === 'spent') {
          world.take({ type: 'spent', child: any(found.pick), why: found.pick % 2 === 0 ? 'memory' : 'requests' });
        } else world.take({ type: found.type, child: any(found.pick) });
        expect(world.of('starting').length + world.of('ready').length).toBeLessThanOrEqual(
          Math.max(world.states.size, 5) + 1,
        );
      }
      // From here on everything goes well. One that waits for a change gets one.
      world.take({ type: 'restart' });
      for (let round = 0; round < 60 && world.ended === undefined; round++) {
        for (const child of [...world.of('draining'), ...world.of('killed')]) world.gone(child, 0);
        for (const child of world.of('starting')) world.ready(child);
        if (world.wake < Infinity) world.at(Math.max(world.now, world.wake));
      }
      if (world.ended === undefined) {
        expect(world.states.states).toEqual(Array.from({ length: world.states.size }, () => 'ready'));
        expect(world.wake).toBe(Infinity);
        world.take({ type: 'stop' });
        for (const child of world.alive.keys()) world.gone(child, 0);
      }
      expect(world.alive.size).toBe(0);
      expect(world.ended).toBeDefined();
    }),
    { numRuns: 500 },
  );
});
