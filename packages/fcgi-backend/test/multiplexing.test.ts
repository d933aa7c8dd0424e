import { describe, expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { deferred, echo, hello, HELLO, recording, start } from './peer.ts';
import { begin, pairs, PARAMS, record, request, STDIN } from './records.ts';

const CANT_MPX_CONN = 1;
const OVERLOADED = 2;

describe('interleaved requests', () => {
  test('their streams and replies are kept apart', async () => {
    const peer = await (await start(echo)).connect();
    const ids = [1, 2, 3, 500];
    for (const id of ids) peer.send(begin(id, 1, 1));
    for (const id of ids) peer.send(record(PARAMS, id, pairs({ REQUEST_METHOD: 'POST', REQUEST_URI: `/${id}` })));
    for (const id of ids) peer.send(record(PARAMS, id));
    for (let piece = 0; piece < 5; piece++) for (const id of ids) peer.send(record(STDIN, id, `${id}:${piece};`));
    for (const id of ids.toReversed()) peer.send(record(STDIN, id));
    for (const id of ids) {
      await peer.end(id);
      expect(peer.stdout(id)).toMatch(
        new RegExp(`\r\n\r\n${[0, 1, 2, 3, 4].map((piece) => `${id}:${piece};`).join('')}$`),
      );
    }
  });

  test('one that does not read its body does not stop the others', async () => {
    const gate = deferred();
    const app: App = async (environ, startResponse) => {
      if (environ.PATH_INFO === '/idle') await gate.promise;
      return echo(environ, startResponse);
    };
    const peer = await (await start(app)).connect();
    const params = { REQUEST_METHOD: 'POST' };
    const [idle, busy] = [pairs({ ...params, PATH_INFO: '/idle' }), pairs({ ...params, PATH_INFO: '/busy' })];
    peer.send(begin(1, 1, 1), record(PARAMS, 1, idle), record(PARAMS, 1));
    peer.send(begin(2, 1, 1), record(PARAMS, 2, busy), record(PARAMS, 2));
    for (let piece = 0; piece < 10; piece++) peer.send(record(STDIN, 1, Buffer.alloc(50_000)));
    peer.send(record(STDIN, 1), record(STDIN, 2, 'through'), record(STDIN, 2));
    await peer.end(2);
    expect(peer.stdout(2)).toMatch(/\r\n\r\nthrough$/);
    gate.resolve();
    await peer.end(1);
    expect(peer.stdout(1)).toHaveLength(500_000 + peer.stdout(1).indexOf('\r\n\r\n') + 4);
  });

  test('one that hoards while another waits is ended: there is no flow control to stop it with', async () => {
    const { app, aborted } = recording((environ, startResponse) =>
      environ.PATH_INFO === '/idle'
        ? new Promise((resolve) => environ['tsgi.signal'].addEventListener('abort', () => resolve([])))
        : echo(environ, startResponse),
    );
    const peer = await (await start(app)).connect();
    const params = { REQUEST_METHOD: 'POST' };
    peer.send(begin(2, 1, 1), record(PARAMS, 2, pairs({ ...params, PATH_INFO: '/busy' })), record(PARAMS, 2));
    peer.send(begin(1, 1, 1), record(PARAMS, 1, pairs({ ...params, PATH_INFO: '/idle' })), record(PARAMS, 1));
    for (let piece = 0; piece < 30; piece++) peer.send(record(STDIN, 1, Buffer.alloc(60_000)));
    peer.send(record(STDIN, 2, 'through'), record(STDIN, 2));
    await peer.end(2);
    expect(peer.events()[0]).toEqual(['end', 1, 0, OVERLOADED]);
    expect(peer.stdout(2)).toMatch(/\r\n\r\nthrough$/);
    expect(aborted).toHaveLength(1);
  });

  test('R77: one that fails after its head ends with a status, for the others need the connection', async () => {
    const gate = deferred();
    const app: App = (environ, startResponse) => {
      startResponse('200 OK', []);
      return (async function* () {
        yield Buffer.from('some');
        await gate.promise;
        if (environ.PATH_INFO === '/fail') throw new Error('too bad');
        yield Buffer.from(' more');
      })();
    };
    const peer = await (await start(app)).connect();
    peer.send(request({ id: 1, params: { PATH_INFO: '/fail' } }), request({ id: 2 }));
    await peer.until(() => peer.stdout(1).endsWith('some') && peer.stdout(2).endsWith('some'));
    gate.resolve();
    await peer.end(1);
    await peer.end(2);
    expect(peer.events().filter((event) => event[0] === 'end')).toEqual([
      ['end', 1, 1, 0],
      ['end', 2, 0, 0],
    ]);
    expect(peer.stdout(2)).toMatch(/some more$/);
  });

  test('without KEEP_CONN the connection is closed when all have ended', async () => {
    const gate = deferred();
    const app: App = async (environ, startResponse) => {
      if (environ.PATH_INFO === '/wait') await gate.promise;
      return hello(environ, startResponse);
    };
    const peer = await (await start(app)).connect();
    peer.send(request({ id: 1, params: { PATH_INFO: '/wait' } }), request({ id: 2, keep: false }));
    await peer.end(2);
    gate.resolve();
    await peer.ended;
    expect(peer.stdout(1)).toBe(HELLO);
  });
});

describe('limits', () => {
  const waiting =
    (gate: Promise<void>): App =>
    async (environ, startResponse) => {
      await gate;
      return hello(environ, startResponse);
    };

  test('multiplex: false ends a second request with CANT_MPX_CONN', async () => {
    const gate = deferred();
    const peer = await (await start(waiting(gate.promise), { multiplex: false })).connect();
    peer.send(request({ id: 1 }), request({ id: 2 }));
    await peer.end(2);
    gate.resolve();
    await peer.end(1);
    expect(peer.events()[0]).toEqual(['end', 2, 0, CANT_MPX_CONN]);
    peer.send(request({ id: 2 }));
    await peer.until(() => peer.stdout(2) === HELLO);
  });

  test('more than maxActiveRequests, on any connection, end with OVERLOADED, and later ones are served', async () => {
    const gate = deferred();
    const { connect } = await start(waiting(gate.promise), { maxActiveRequests: 2 });
    const [one, other] = [await connect(), await connect()];
    one.send(request({ id: 1 }), request({ id: 2 }), request({ id: 3 }));
    await one.end(3);
    other.send(request({ id: 1 }));
    await other.end();
    expect([one.events()[0], other.events()[0]]).toEqual([
      ['end', 3, 0, OVERLOADED],
      ['end', 1, 0, OVERLOADED],
    ]);
    gate.resolve();
    await one.end(1);
    await one.end(2);
    other.send(request({ id: 4 }));
    await other.end(4);
    expect(other.stdout(4)).toBe(HELLO);
  });

  test('a connection that is lost gives its requests back', async () => {
    const gate = deferred();
    const { connect } = await start(waiting(gate.promise), { maxActiveRequests: 1 });
    const lost = await connect();
    lost.send(begin(1), begin(2));
    await lost.end(2);
    lost.socket.destroy();
    gate.resolve();
    await expect
      .poll(async () => {
        const peer = await connect();
        peer.send(request());
        await peer.end();
        return peer.stdout();
      })
      .toBe(HELLO);
  });

  test('a flood of BEGIN_REQUEST holds no more than maxActiveRequests (Go #81548)', async () => {
    const { connect } = await start(hello, { maxActiveRequests: 10 });
    const peer = await connect();
    for (let id = 1; id <= 2000; id++) peer.send(begin(id, 1, 1));
    await peer.end(2000);
    expect(peer.events().filter((event) => event[3] === OVERLOADED)).toHaveLength(1990);
  });
});
