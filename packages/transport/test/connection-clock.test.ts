import { expect, test } from 'vitest';
import { type Awaited, ConnectionClock } from '../src/index.ts';

const FOREVER = {
  headersTimeout: Infinity,
  requestTimeout: Infinity,
  minimumRate: 240,
  keepAliveTimeout: Infinity,
  drainTimeout: Infinity,
};

/** What was late. */
function late(limits: object, begin: (clock: ConnectionClock) => void): Promise<Awaited> {
  return new Promise((resolve) => {
    const clock: ConnectionClock = new ConnectionClock({ ...FOREVER, ...limits }, () => resolve(clock.awaited));
    begin(clock);
  });
}

test('it says what is late, from the first head on', async () => {
  expect(await late({ headersTimeout: 10 }, () => {})).toBe('head');
  expect(await late({ requestTimeout: 10 }, (clock) => clock.body())).toBe('body');
  expect(await late({ drainTimeout: 10 }, (clock) => clock.drain())).toBe('drain');
  expect(await late({ keepAliveTimeout: 10 }, (clock) => clock.nextRequest())).toBe('request');
});

test('one thing is awaited at a time, and an application has all the time it wants', async () => {
  const called: Awaited[] = [];
  const clock = new ConnectionClock({ ...FOREVER, headersTimeout: 10, keepAliveTimeout: 10, requestTimeout: 10 }, () =>
    called.push(clock.awaited),
  );
  clock.body();
  clock.nothing();
  await late({ headersTimeout: 60 }, () => {});
  expect(called).toEqual([]);
  clock.head();
  clock.stop();
  await late({ headersTimeout: 60 }, () => {});
  expect(called).toEqual([]);
});

/** Sends a byte every 10 ms until the clock finds it late, at most so many. */
async function trickle(limits: object, most: number, begin: (clock: ConnectionClock) => void): Promise<number> {
  let sent = 0;
  const clock = new ConnectionClock({ ...FOREVER, ...limits }, () => {});
  begin(clock);
  for (; sent < most; sent++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (!clock.pending) break;
    clock.received(1);
  }
  clock.stop();
  return sent;
}

test('a body that reaches the minimum rate goes on for longer than its time, one that does not is late', async () => {
  // A byte buys a second; and one thousandth.
  expect(await trickle({ requestTimeout: 500, minimumRate: 1 }, 100, (clock) => clock.body())).toBe(100);
  expect(await trickle({ requestTimeout: 200, minimumRate: 1_000_000 }, 100, (clock) => clock.body())).toBeLessThan(30);
});

test('without a minimum rate every byte begins the time anew', async () => {
  expect(await trickle({ requestTimeout: 500, minimumRate: 0 }, 100, (clock) => clock.body())).toBe(100);
});

test('the rest that nobody reads is held to the same', async () => {
  expect(await trickle({ drainTimeout: 500, minimumRate: 1 }, 100, (clock) => clock.drain())).toBe(100);
  expect(await trickle({ drainTimeout: 200, minimumRate: 1_000_000 }, 100, (clock) => clock.drain())).toBeLessThan(30);
});

test('bytes save up no time: who sent much at once may stand still no longer than others', async () => {
  expect(
    await late({ requestTimeout: 50, minimumRate: 1 }, (clock) => {
      clock.body();
      clock.received(1_000_000);
    }),
  ).toBe('body');
});
