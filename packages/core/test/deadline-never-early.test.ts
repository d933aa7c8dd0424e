import { expect, test } from 'vitest';
import { Deadline } from '@tsgi/core/clock';

/** A generator of numbers from 0 to 1 that says the same each time (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test('of thousands that are set, moved, lifted, extended and cleared, each passes once, in its time or later', async () => {
  const random = numbers(1);
  const early: number[] = [];
  const wrong: string[] = [];
  let open = 0;
  const all = Array.from({ length: 3000 }, (_none, index) => {
    const entry = { due: Infinity, deadline: new Deadline(() => passed()) };
    const passed = (): void => {
      if (entry.due === Infinity) wrong.push(`${index} passed and was not set`);
      const now = performance.now();
      if (now < entry.due) early.push(entry.due - now);
      if (entry.deadline.pending) wrong.push(`${index} is pending within its call`);
      entry.due = Infinity;
      open--;
    };
    return entry;
  });
  const set = (entry: (typeof all)[number], due: number): void => {
    if (entry.due === Infinity) open++;
    entry.due = due;
  };
  const unset = (entry: (typeof all)[number]): void => {
    if (entry.due !== Infinity) open--;
    entry.due = Infinity;
  };
  for (let round = 0; round < 30; round++) {
    for (let step = 0; step < 600; step++) {
      const entry = all[Math.floor(random() * all.length)];
      if (entry === undefined) continue;
      const what = random();
      const wait = random() < 0.2 ? random() * 5 : random() * 300;
      // Read before: the clock's own reading is a little later.
      const now = performance.now();
      if (what < 0.1) {
        // Below 1,280 ms it is `in`.
        const long = random() < 0.5 ? wait : 1280 + wait;
        entry.deadline.inAbout(long);
        set(entry, now + long);
      } else if (what < 0.6) {
        entry.deadline.in(wait);
        set(entry, now + wait);
      } else if (what < 0.75) {
        entry.deadline.extend(wait, 150);
        set(entry, Math.min(entry.due + wait, now + 150));
      } else if (what < 0.9) {
        entry.deadline.lift();
        unset(entry);
      } else {
        entry.deadline.clear();
        unset(entry);
      }
      if (entry.deadline.pending !== (entry.due !== Infinity)) wrong.push('pending');
    }
    await new Promise((resolve) => setTimeout(resolve, random() * 20));
  }
  await expect.poll(() => open).toBe(0);
  expect(early).toEqual([]);
  expect(wrong).toEqual([]);
  expect(all.some(({ deadline }) => deadline.pending)).toBe(false);
});

test('what is set about passes within its slack, does not pass once lifted, and infinity is never', async () => {
  const begun = performance.now();
  const passed: number[] = [];
  const [one, lifted, never] = [0, 1, 2].map(() => new Deadline(() => passed.push(performance.now() - begun)));
  one?.inAbout(1300);
  one?.inAbout(1290);
  lifted?.inAbout(1280);
  never?.inAbout(Infinity);
  expect([one?.pending, lifted?.pending, never?.pending]).toEqual([true, true, false]);
  lifted?.lift();
  expect(lifted?.pending).toBe(false);
  await expect.poll(() => passed.length, { timeout: 15_000 }).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(passed).toHaveLength(1);
  expect(passed[0]).toBeGreaterThanOrEqual(1290);
});

test('they pass in the order of their times, but for neighbours', async () => {
  const order: number[] = [];
  const waits = [160, 20, 80, 320, 40];
  await Promise.all(
    waits.map(
      (wait) =>
        new Promise<void>((resolve) => {
          new Deadline(() => {
            order.push(wait);
            resolve();
          }).in(wait);
        }),
    ),
  );
  expect(order).toEqual([20, 40, 80, 160, 320]);
});

test('it may be set again when it passes', async () => {
  let passes = 0;
  await new Promise<void>((resolve) => {
    const deadline: Deadline = new Deadline(() => {
      passes++;
      if (passes === 3) resolve();
      else deadline.in(1);
    });
    deadline.in(1);
  });
  expect(passes).toBe(3);
});
