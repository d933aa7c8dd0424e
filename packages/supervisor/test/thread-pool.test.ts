import { fileURLToPath } from 'node:url';
import { TsgiAbortError } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { serve } from '@tsgi/http-backend';
import { afterEach, describe, expect, it } from 'vitest';
import { threadPool, type ThreadPoolApp, type ThreadPoolOptions } from '../dist/index.js';

// The threads load the build: a thread has no vitest around it.
const MODULE = fileURLToPath(new URL('apps/pooled.js', import.meta.url));
const pools: ThreadPoolApp[] = [];

function poolOf(options: ThreadPoolOptions = {}): ThreadPoolApp {
  const pool = threadPool(MODULE, { log: () => {}, ...options });
  pools.push(pool);
  return pool;
}

afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

describe('a thread pool', () => {
  it('runs the application in another thread, with the environ that it should have', async () => {
    const { text, status } = await callApp(poolOf(), { target: '/facts?q=1' });
    expect(status).toBe('200 OK');
    const facts: unknown = JSON.parse(text);
    expect(facts).toEqual({
      thread: expect.any(Number),
      query: 'q=1',
      'tsgi.multithread': true,
      'tsgi.concurrent': false,
      'tsgi.url_scheme': 'http',
      'tsgi.has_body': false,
    });
    expect(facts).not.toHaveProperty('thread', 0);
  });

  it('logs what an application throws outside of a request, with its own frame', async () => {
    const lines: string[] = [];
    const pool = poolOf({ threads: 1, log: (line) => lines.push(line) });
    expect(await callApp(pool, { target: '/stray' })).toMatchObject({ text: 'answered' });
    await expect.poll(() => lines.join('\n'), { timeout: 20_000 }).toContain('ended unexpectedly');
    expect(lines[0]).toMatch(/^the application threw outside of a request: Error: stray\n[^]*pooled\.js:\d+/);
  });

  it('streams a request body across, and the answer back', async () => {
    const pool = poolOf();
    const body = new Uint8Array(1_000_000).map((_, index) => index % 251);
    const answer = await callApp(pool, { method: 'POST', target: '/echo', body });
    expect(Buffer.from(answer.body).equals(Buffer.from(body))).toBe(true);
    expect(await callApp(pool, { method: 'POST', target: '/length', body })).toMatchObject({ text: '1000000' });
  });

  it('tells of a body that was cut short', async () => {
    const answer = await callApp(poolOf(), {
      method: 'POST',
      target: '/length',
      body: 'half',
      headers: [['Content-Length', '100']],
    });
    expect(answer.status).toMatch(/^[45]/);
    expect(answer.errors).toMatch(/R48|ended after 4 of 100 bytes/);
  });

  it('passes status, reason and repeated headers on', async () => {
    expect(await callApp(poolOf(), { target: '/cookies' })).toMatchObject({
      status: '299 Odd',
      headers: [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['Content-Length', '0'],
      ],
    });
  });

  it('keeps one computation from holding up another request', async () => {
    const pool = poolOf({ threads: 2 });
    await pool.ready;
    const order: string[] = [];
    const long = callApp(pool, { target: '/compute?400' }).then(() => order.push('long'));
    const short = callApp(pool, { target: '/facts' }).then(() => order.push('short'));
    await Promise.all([long, short]);
    expect(order).toEqual(['short', 'long']);
  });

  it('answers 503 with Retry-After when its queue is full', async () => {
    const pool = poolOf({ threads: 1, queue: 1 });
    await pool.ready;
    const running = callApp(pool, { target: '/compute?200' });
    const waiting = callApp(pool, { target: '/facts' });
    const refused = await callApp(pool, { target: '/facts' });
    expect(refused.status).toBe('503 Service Unavailable');
    expect(refused.headers).toContainEqual(['Retry-After', '1']);
    expect((await running).text).toBe('computed');
    expect((await waiting).status).toBe('200 OK');
  });

  it('answers 500 when the thread dies, and starts another one', async () => {
    const pool = poolOf({ threads: 1 });
    const answer = await callApp(pool, { target: '/die' });
    expect(answer.status).toMatch(/^500/);
    expect(answer.errors).toMatch(/the thread of the request died/);
    expect((await callApp(pool, { target: '/facts' })).status).toBe('200 OK');
  });

  it('cuts an answer whose thread dies within it', async () => {
    const answer = await callApp(poolOf({ threads: 1 }), { target: '/die-late' });
    expect(answer).toMatchObject({ status: '200 OK', text: 'half', complete: false });
    expect(answer.errors).toMatch(/out of the blue/);
  });

  it('answers 500 to what the application throws, and logs it', async () => {
    const answer = await callApp(poolOf(), { target: '/throw' });
    expect(answer.status).toMatch(/^500/);
    expect(answer.errors).toMatch(/thrown in the thread/);
  });

  it('tells the application when its client leaves, and is free again', async () => {
    const pool = poolOf({ threads: 1 });
    const leaving = new AbortController();
    const gone = callApp(pool, { target: '/wait', signal: leaving.signal });
    setTimeout(() => leaving.abort(), 300);
    expect((await gone).complete).toBe(false);
    expect((await callApp(pool, { target: '/facts' })).status).toBe('200 OK');
  });

  it('gives a waiting client up that has left', async () => {
    const pool = poolOf({ threads: 1, queue: 1 });
    await pool.ready;
    const running = callApp(pool, { target: '/compute?300' });
    const leaving = new AbortController();
    const gone = callApp(pool, { target: '/facts', signal: leaving.signal });
    leaving.abort();
    expect((await gone).complete).toBe(false);
    const next = callApp(pool, { target: '/facts' });
    expect((await running).text).toBe('computed');
    expect((await next).status).toBe('200 OK');
  });

  it('holds a bounded part of a long answer for a reader that does not take it', async () => {
    const pool = poolOf({ threads: 1 });
    const server = await serve(pool, { port: 0 });
    try {
      const response = await fetch(`http://127.0.0.1:${server.port}/big?2000`);
      const reader = response.body?.getReader();
      let length = (await reader?.read())?.value?.byteLength ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 300));
      // 125 MiB are on offer; what lies in this process is what three bounded queues hold.
      expect(process.memoryUsage().arrayBuffers).toBeLessThan(40 * 1_048_576);
      for (let step = await reader?.read(); step?.done === false; step = await reader?.read()) {
        length += step.value?.byteLength ?? 0;
      }
      expect(length).toBe(2000 * 65_536);
    } finally {
      await server.close({ grace: 0 });
    }
  });

  it('serves another export, and says what is wrong with one that is no application', async () => {
    expect((await callApp(poolOf({ name: 'named' }), {})).text).toBe('named');
    await expect(poolOf({ name: 'broken' }).ready).rejects.toThrow(/R1: an application is a function.*found string/s);
    const answer = await callApp(poolOf({ name: 'missing' }), {});
    expect(answer.status).toMatch(/^500/);
  });

  it('refuses a number of threads that makes no sense', () => {
    expect(() => threadPool(MODULE, { threads: 0 })).toThrow(RangeError);
    expect(() => threadPool(MODULE, { queue: -1 })).toThrow(RangeError);
  });

  it('reports an abort as one', async () => {
    const leaving = new AbortController();
    leaving.abort(new TsgiAbortError('gone'));
    expect((await callApp(poolOf(), { signal: leaving.signal })).complete).toBe(false);
  });
});
