import { describe, expect, test } from 'vitest';
import { deferred, echo, hello, HELLO, recording, start } from './peer.ts';
import { ABORT, begin, pairs, PARAMS, post, record, request, STDIN } from './records.ts';

const ends = (events: readonly (readonly unknown[])[]): unknown[] => events.filter((event) => event[0] === 'end');
const open = (id: number, params: Record<string, string> = {}): Buffer =>
  Buffer.concat([
    begin(id, 1, 1),
    record(PARAMS, id, pairs({ REQUEST_METHOD: 'POST', ...params })),
    record(PARAMS, id),
  ]);

describe('maxBody', () => {
  test('refuses what announces itself longer with 413: the application is not called', async () => {
    const { app, environs } = recording(echo);
    const peer = await (await start(app, { maxBody: 4 })).connect();
    peer.send(post('body'));
    await peer.end();
    expect(peer.stdout()).toMatch(/\r\n\r\nbody$/);
    peer.send(open(2, { CONTENT_LENGTH: '5' }), record(STDIN, 2, 'bodyx'), record(STDIN, 2));
    await peer.end(2);
    expect(peer.stdout(2)).toMatch(/^Status: 413 /);
    expect(environs).toHaveLength(1);
  });

  test('ends the reading of one of unknown length with 413', async () => {
    const peer = await (await start(echo, { maxBody: 4 })).connect();
    peer.send(open(1), record(STDIN, 1, 'body'), record(STDIN, 1, 'x'), record(STDIN, 1));
    await peer.end();
    expect(peer.stdout()).toMatch(/^Status: 413 /);
  });

  test('holds for the file of a filter, too', async () => {
    const { connect } = await start(echo, { maxBody: 4 });
    const peer = await connect();
    const params = pairs({ REQUEST_METHOD: 'GET', FCGI_DATA_LENGTH: '5' });
    peer.send(begin(1, 3, 1), record(PARAMS, 1, params), record(PARAMS, 1), record(STDIN, 1));
    await peer.end();
    expect(peer.stdout()).toMatch(/^Status: 413 /);
  });
});

describe('maxRequestsPerConnection', () => {
  test('the connection is closed behind the last, KEEP_CONN or not', async () => {
    const { connect } = await start(hello, { maxRequestsPerConnection: 2 });
    const peer = await connect();
    peer.send(request({ id: 1 }));
    await peer.end(1);
    peer.send(request({ id: 2 }), request({ id: 3 }));
    await peer.ended;
    expect(peer.stdout(2)).toBe(HELLO);
    expect(ends(peer.events())).toHaveLength(2);
    expect(peer.error).toBeUndefined();
  });
});

describe('minimumRate', () => {
  test('a body that comes byte by byte is late in the end, though it never stands still', async () => {
    const { connect } = await start(echo, { requestTimeout: 400, minimumRate: 1000 });
    const peer = await connect();
    peer.send(open(1));
    const drip = setInterval(() => peer.send(record(STDIN, 1, 'x')), 20);
    await peer.end();
    clearInterval(drip);
    expect(peer.stdout()).toMatch(/^Status: 408 /);
  });

  test('each body is late by itself: bytes of another one on the connection do not help it', async () => {
    const { connect } = await start(echo, { requestTimeout: 400 });
    const peer = await connect();
    peer.send(open(1), open(2));
    const drip = setInterval(() => peer.send(record(STDIN, 2, Buffer.alloc(1000))), 20);
    await peer.end(1);
    clearInterval(drip);
    expect(peer.stdout(1)).toMatch(/^Status: 408 /);
    expect(ends(peer.events())).toHaveLength(1);
    peer.send(record(STDIN, 2));
    await peer.end(2);
    expect(peer.stdout(2)).toMatch(/^Status: 200 /);
  });
});

describe('what nobody reads', () => {
  test('of an aborted request ends nothing twice: it is not overloaded', async () => {
    const stop = deferred();
    const { app, aborted } = recording(async (environ) => {
      if (environ.PATH_INFO === '/idle') await stop.promise;
      else await environ['tsgi.input'].read();
      return [];
    });
    const { connect, log } = await start(app);
    const peer = await connect();
    peer.send(open(2), open(1, { PATH_INFO: '/idle' }));
    for (let piece = 0; piece < 10; piece++) peer.send(record(STDIN, 1, Buffer.alloc(60_000)));
    peer.send(record(ABORT, 1));
    await expect.poll(() => aborted, { timeout: 15_000 }).toHaveLength(1);
    for (let piece = 0; piece < 60; piece++) peer.send(record(STDIN, 1, Buffer.alloc(60_000)));
    peer.send(record(9, 0));
    await peer.until((events) => events.some((event) => event[0] === 'values'));
    expect(ends(peer.events())).toEqual([]);
    stop.resolve();
    await peer.end(1);
    expect(ends(peer.events())).toEqual([['end', 1, 0, 0]]);
    expect(log.join('')).not.toContain('does not read');
  });

  test('makes room by the greatest of several, not by whoever was last', async () => {
    const { app } = recording((environ, startResponse) =>
      environ.PATH_INFO === '/idle'
        ? new Promise((resolve) => environ['tsgi.signal'].addEventListener('abort', () => resolve([])))
        : echo(environ, startResponse),
    );
    const peer = await (await start(app)).connect();
    peer.send(open(3), open(1, { PATH_INFO: '/idle' }), open(2, { PATH_INFO: '/idle' }));
    for (let piece = 0; piece < 12; piece++) peer.send(record(STDIN, 1, Buffer.alloc(60_000)));
    for (let piece = 0; piece < 12; piece++) peer.send(record(STDIN, 2, Buffer.alloc(40_000)));
    await peer.end(1);
    peer.send(record(STDIN, 3, 'through'), record(STDIN, 3));
    await peer.end(3);
    expect(ends(peer.events())).toEqual([
      ['end', 1, 0, 2],
      ['end', 3, 0, 0],
    ]);
  });
});

describe('a body in pieces of one byte', () => {
  test('comes whole, though it waits for its application', async () => {
    const gate = deferred();
    let body = '';
    const { connect } = await start(async (environ, startResponse) => {
      await gate.promise;
      body = Buffer.from(await environ['tsgi.input'].read()).toString('latin1');
      return hello(environ, startResponse);
    });
    const peer = await connect();
    const piece = Buffer.concat(Array.from({ length: 1000 }, (_, index) => record(STDIN, 1, Buffer.of(index % 251))));
    peer.send(open(1));
    for (let round = 0; round < 50; round++) peer.send(piece);
    peer.send(record(STDIN, 1));
    await new Promise((resolve) => setTimeout(resolve, 300));
    gate.resolve();
    await peer.end();
    expect(body).toBe(
      Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index % 1000) % 251)).toString('latin1'),
    );
  });
});

describe('a log that throws', () => {
  test('fails no request, no connection and no process', async () => {
    const errors = (): never => {
      throw new Error('the log is gone');
    };
    const { connect } = await start(
      (environ, startResponse) => {
        environ['tsgi.errors'].write('a line\n');
        if (environ.PATH_INFO === '/fail') throw new Error('of the application');
        return hello(environ, startResponse);
      },
      { errors },
    );
    const peer = await connect();
    peer.send(request({ id: 1 }), request({ id: 2, params: { PATH_INFO: '/fail' } }));
    peer.send(request({ id: 3, params: { REQUEST_METHOD: 'G T' } }));
    await peer.end(3);
    expect([1, 2, 3].map((id) => peer.stdout(id).slice(0, 11))).toEqual(['Status: 200', 'Status: 500', 'Status: 400']);
    peer.send(Buffer.alloc(8, 9));
    await peer.ended;
    const next = await connect();
    next.send(request());
    await next.end();
    expect(next.stdout()).toBe(HELLO);
  });
});
