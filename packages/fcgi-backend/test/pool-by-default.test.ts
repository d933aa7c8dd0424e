import { describe, expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { gateway } from '../src/index.ts';
import { type Manners, type Workers, workers } from './workers.ts';

/** php-fpm says no more; php-cgi with PHP_FCGI_CHILDREN how many they are, too. */
const FPM: readonly string[] = ['FCGI_MPXS_CONNS', '0'];
const told = (children: number): readonly string[] => ['FCGI_MAX_CONNS', String(children), ...FPM];

async function before(manners: Manners): Promise<{ app: App; target: Workers }> {
  const target = await workers(manners);
  return { app: gateway({ address: target.address }), target };
}

async function ask(app: App, method = 'GET'): Promise<string> {
  return (await callApp(app, { method })).text;
}

async function askOften(app: App, times: number, method = 'GET'): Promise<void> {
  for (let round = 0; round < times; round++) expect(await ask(app, method)).toBe('body');
}

/** As many requests as make it ask, and the answer waited for. */
async function makeBusy(app: App, target: Workers): Promise<void> {
  for (const { questions } = target; target.questions === questions;) expect(await ask(app)).toBe('body');
  await expect.poll(() => target.open, { timeout: 15_000 }).toBe(0);
}

describe('what is kept when nobody asked for a pool', () => {
  test('nothing for a few requests, and the application is asked nothing', async () => {
    const { app, target } = await before({ workers: 4, says: told(4) });
    await askOften(app, 20);
    expect(target).toMatchObject({ connections: 20, questions: 0 });
    expect(target.kept).not.toContain(true);
  });

  test('as much as php-cgi says, once there is much to do; it is asked once', async () => {
    const { app, target } = await before({ workers: 4, says: told(4) });
    await makeBusy(app, target);
    const { connections } = target;
    await askOften(app, 300);
    expect(target.connections - connections).toBeLessThan(60);
    expect(target.kept.slice(-300)).not.toContain(false);
    expect(target.questions).toBe(1);
  });

  test('as much as php-fpm turns out to have workers, and one of them is never held by what rests', async () => {
    const { app, target } = await before({ workers: 4, says: FPM });
    await makeBusy(app, target);
    // On a busy machine a trial may fail, and the next one is 10 s later.
    const saved = async (): Promise<number> => {
      const { connections } = target;
      await askOften(app, 60);
      return connections + 60 - target.connections;
    };
    await expect.poll(saved, { timeout: 40_000 }).toBeGreaterThan(30);
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 4 }, () => ask(app)));
      await expect.poll(() => target.open, { timeout: 15_000 }).toBeLessThanOrEqual(3);
    }
  }, 60_000);

  test('a trial, before a php-fpm of one worker, which costs nobody his answer', async () => {
    const { app, target } = await before({ workers: 1, says: FPM });
    await makeBusy(app, target);
    await askOften(app, 10);
    const trial = target.kept.filter(Boolean).length;
    expect(trial).toBeGreaterThan(0);
    // One answered on, one that waits for its worker, and what is sent before that is known.
    await askOften(app, 50);
    expect(target.kept.filter(Boolean).length).toBeLessThan(10);
  });

  test('as much where many requests share a connection, and no worker is held', async () => {
    const { app, target } = await before({ workers: 1000, says: ['FCGI_MPXS_CONNS', '1'] });
    await makeBusy(app, target);
    await askOften(app, 50);
    expect(target.kept.slice(-50)).not.toContain(false);
  });

  test.each<[name: string, says: readonly string[] | undefined]>([
    ['a single worker', told(1)],
    ['a single process of several, libfcgi', ['FCGI_MAX_CONNS', '1', 'FCGI_MAX_REQS', '1', 'FCGI_MPXS_CONNS', '0']],
    ['an answer without values', []],
    ['values that are none', ['FCGI_MAX_CONNS', '1e9', 'FCGI_MPXS_CONNS', 'yes']],
    ['no answer', undefined],
  ])('nothing before %s', async (_name, says) => {
    const { app, target } = await before({ workers: 1, ...(says === undefined ? {} : { says }) });
    await makeBusy(app, target);
    await askOften(app, 50);
    expect(target.kept).not.toContain(true);
    expect(target.connections).toBe(target.kept.length);
  });

  test('nothing any more before one that says so and closes all the same', async () => {
    const { app, target } = await before({ workers: 8, says: told(8), keeps: false });
    await makeBusy(app, target);
    for (let round = 0; round < 60; round++) {
      expect(await ask(app)).toBe('body');
      await new Promise(setImmediate);
    }
    expect(target.kept.slice(-20)).not.toContain(true);
  });

  test('for no longer than a moment: whoever else waits for the workers gets them', async () => {
    const { app, target } = await before({ workers: 8, says: told(8) });
    await makeBusy(app, target);
    await Promise.all(Array.from({ length: 8 }, () => ask(app)));
    expect(target.open).toBeGreaterThan(0);
    // A half of them at most rests.
    await expect.poll(() => target.open, { timeout: 15_000 }).toBeLessThanOrEqual(4);
    await expect.poll(() => target.open, { timeout: 15_000 }).toBe(0);
  });
});

describe('a pool by default starves nobody', () => {
  test.each(
    [1, 2, 3].flatMap((children) => [
      { children, says: FPM },
      { children, says: told(children) },
    ]),
  )(
    'before $says, with $children workers: two gateways under load and a client that asks now and then, all are answered',
    async ({ children, says }) => {
      const target = await workers({ workers: children, says });
      const { address } = target;
      const busy = [gateway({ address }), gateway({ address })];
      const other = gateway({ address, pool: 0 });
      for (const app of busy) await makeBusy(app, target);
      const done = new AbortController();
      const load = busy.flatMap((app) =>
        Array.from({ length: 3 }, async () => {
          let answered = 0;
          for (; !done.signal.aborted; answered++) expect(await ask(app)).toBe('body');
          return answered;
        }),
      );
      try {
        await askOften(other, 4);
      } finally {
        done.abort();
      }
      for (const answered of await Promise.all(load)) expect(answered).toBeGreaterThan(0);
    },
    30_000,
  );

  test.each([[told(4)], [FPM]])(
    'before %j, more requests at a time than there are workers are all answered, over few connections',
    async (says) => {
      const { app, target } = await before({ workers: 4, says });
      await makeBusy(app, target);
      const { connections } = target;
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all(Array.from({ length: 40 }, () => ask(app)));
        expect(new Set(answers)).toEqual(new Set(['body']));
      }
      // How many they are before php-fpm depends on what has been learnt.
      if (says !== FPM) expect(target.connections - connections).toBeLessThan(100);
    },
  );

  test('an application that serves more than it says gets more', async () => {
    let inside = 0;
    let open = (): void => {};
    const all = new Promise<void>((resolve) => (open = resolve));
    let isGated = false;
    const { app, target } = await before({
      workers: 20,
      says: told(2),
      acts: async () => {
        if (!isGated) return;
        if (++inside === 10) open();
        await all;
      },
    });
    await makeBusy(app, target);
    isGated = true;
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(app)));
    expect(answers).toEqual(Array.from({ length: 10 }, () => 'body'));
  });

  test.each([[told(2)], [FPM]])(
    'before %j, a POST has a connection of its own although all that may be rests',
    async (says) => {
      const { app, target } = await before({ workers: 2, says });
      await makeBusy(app, target);
      for (let round = 0; round < 20; round++) {
        expect(await ask(app)).toBe('body');
        expect(await Promise.all([ask(app, 'POST'), ask(app, 'POST'), ask(app)])).toEqual(['body', 'body', 'body']);
      }
    },
  );
});

describe('a connection that nobody asked to be kept closes under a request', () => {
  /** Acts on each request, and from the second one of a connection on closes it without an answer. */
  function dying(acted: string[]): Pick<Manners, 'acts'> {
    return {
      acts(method, socket, nth) {
        acted.push(method);
        if (nth > 1) socket.destroy();
      },
    };
  }

  test('GET: it is sent once more, and the client sees nothing of it', async () => {
    const acted: string[] = [];
    const { app, target } = await before({ workers: 8, says: told(8), ...dying(acted) });
    await makeBusy(app, target);
    acted.length = 0;
    for (let round = 0; round < 10; round++) expect(await ask(app)).toBe('body');
    expect(acted.length).toBeGreaterThan(10);
    expect(acted.length).toBeLessThanOrEqual(20);
  });

  test.each(['POST', 'PATCH', 'M-SEARCH'])(
    '%s: never, for it goes over none; nothing is acted on twice',
    async (method) => {
      const acted: string[] = [];
      const { app, target } = await before({ workers: 8, says: told(8), ...dying(acted) });
      await makeBusy(app, target);
      acted.length = 0;
      for (let round = 0; round < 10; round++) {
        expect(await ask(app, method)).toBe('body');
        expect(await ask(app)).toBe('body');
      }
      expect(acted.filter((one) => one === method)).toHaveLength(10);
    },
  );

  test('PUT with a body: the same', async () => {
    const acted: string[] = [];
    const { app, target } = await before({ workers: 8, says: told(8), ...dying(acted) });
    await makeBusy(app, target);
    acted.length = 0;
    for (let round = 0; round < 10; round++) {
      expect((await callApp(app, { method: 'PUT', body: 'once' })).text).toBe('body');
    }
    expect(acted).toHaveLength(10);
  });
});
