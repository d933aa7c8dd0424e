import { describe, expect, test } from 'vitest';
import { RequestBody } from '@tsgi/core/server';
import { callApp } from '@tsgi/core/testing';
import { end, OK, type Script, stdout, upstream } from './upstream.ts';

/** Answers the first request of each connection and dies of any further one, having acted on it. */
function dying(acted: string[]): Script {
  const used = new WeakSet<object>();
  return {
    onRequest(call) {
      acted.push(call.variables.REQUEST_METHOD ?? '');
      if (used.has(call.socket)) call.socket.destroy();
      else {
        used.add(call.socket);
        call.send(stdout(`${OK}body`), end());
      }
    },
  };
}

/** A body that the gateway holds in memory, for its length is not known. */
function inMemory(text: string): Record<string, unknown> {
  const body = new RequestBody();
  if (text !== '') body.push(Buffer.from(text));
  body.end();
  return { 'tsgi.input': body.input, CONTENT_LENGTH: undefined };
}

describe('a kept connection that is lost before a byte of the answer', () => {
  test.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])(
    '%s is sent again, over a new one',
    async (method) => {
      const acted: string[] = [];
      const { app } = await upstream(dying(acted), { pool: 1 });
      for (let round = 0; round < 2; round++) {
        const environ = method === 'PUT' ? inMemory('again') : {};
        expect(await callApp(app, { method, environ })).toMatchObject({ status: '200 OK' });
      }
      expect(acted).toEqual([method, method, method]);
    },
  );

  test.each([
    ['POST', ''],
    ['POST', 'once'],
    ['PATCH', 'once'],
    ['M-SEARCH', ''],
  ])('RFC 9110 §9.2.2: %s with the body "%s" is not: it may have been acted on', async (method, body) => {
    const acted: string[] = [];
    const { app } = await upstream(dying(acted), { pool: 1 });
    expect((await callApp(app, { method, environ: inMemory(body) })).text).toBe('body');
    expect((await callApp(app, { method, environ: inMemory(body) })).status).toBe('502 Bad Gateway');
    expect(acted).toEqual([method, method]);
  });

  test('a POST that was sent back unread is sent again', async () => {
    let requests = 0;
    const { app } = await upstream(
      {
        onRequest(call) {
          requests++;
          if (requests === 2) call.send(end(0, 1));
          else call.send(stdout(`${OK}body`), end());
        },
      },
      { pool: 1 },
    );
    for (let round = 0; round < 2; round++) {
      expect((await callApp(app, { method: 'POST', environ: inMemory('once') })).text).toBe('body');
    }
    expect(requests).toBe(3);
  });

  test('a POST goes over no connection whose end has come, though nobody has read it yet', async () => {
    const acted: string[] = [];
    const { app, connections } = await upstream(
      {
        onRequest(call) {
          acted.push(call.variables.REQUEST_METHOD ?? '');
          // As php-fpm after pm.max_requests: an answer, and then the end of the connection.
          call.send(stdout(`${OK}body`), end());
          setImmediate(() => call.socket.end());
        },
      },
      { pool: 1 },
    );
    for (let round = 0; round < 10; round++) {
      expect((await callApp(app, { method: 'POST', environ: inMemory('once') })).text).toBe('body');
      // Both ends live in one process: its other end says goodbye in the meantime, and ours has not been told.
      const end = performance.now() + 5;
      await new Promise(setImmediate);
      while (performance.now() < end);
    }
    expect(acted).toHaveLength(10);
    expect(connections()).toBe(10);
  });
});
