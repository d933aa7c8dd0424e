import { expect, test } from 'vitest';
import { callApp } from '@tsgi/core/testing';
import { end, OK, type Script, stdout, upstream } from './upstream.ts';

/** Answers when it is told to. */
function held(): Script & { release(): void; requests(): number } {
  const waiting: (() => void)[] = [];
  let requests = 0;
  return {
    onRequest(call) {
      requests++;
      waiting.push(() => call.send(stdout(`${OK}body`), end()));
    },
    release: () => waiting.shift()?.(),
    requests: () => requests,
  };
}

test('clients that leave while they wait for a pooled connection take none with them', async () => {
  const script = held();
  const { app, connections } = await upstream(script, { pool: 1 });
  const first = callApp(app);
  await expect.poll(script.requests, { timeout: 15_000 }).toBe(1);
  const leaving = Array.from({ length: 3 }, () => {
    const controller = new AbortController();
    return { controller, answer: callApp(app, { signal: controller.signal }) };
  });
  const last = callApp(app);
  await new Promise(setImmediate);
  for (const { controller } of leaving) controller.abort();
  await Promise.all(leaving.map(({ answer }) => answer));
  script.release();
  expect((await first).text).toBe('body');
  await expect.poll(script.requests, { timeout: 15_000 }).toBe(2);
  script.release();
  expect((await last).text).toBe('body');
  expect([connections(), script.requests()]).toEqual([1, 2]);
});

test('a client that leaves just before it is given one gives it back', async () => {
  const script = held();
  const { app, connections } = await upstream(script, { pool: 1 });
  const first = callApp(app);
  await expect.poll(script.requests, { timeout: 15_000 }).toBe(1);
  script.release();
  await first;
  const controller = new AbortController();
  const gone = callApp(app, { signal: controller.signal });
  controller.abort();
  await gone;
  const next = callApp(app);
  await expect.poll(script.requests, { timeout: 15_000 }).toBeGreaterThanOrEqual(2);
  script.release();
  script.release();
  expect((await next).text).toBe('body');
  expect(connections()).toBe(1);
});
