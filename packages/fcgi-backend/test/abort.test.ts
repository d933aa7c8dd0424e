import { describe, expect, test } from 'vitest';
import { deferred, echo, hello, HELLO, recording, start } from './peer.ts';
import { ABORT, begin, pairs, PARAMS, post, record, request, STDIN } from './records.ts';

const params = pairs({ REQUEST_METHOD: 'POST', REQUEST_URI: '/', CONTENT_LENGTH: '10' });
const half = Buffer.concat([begin(1, 1, 1), record(PARAMS, 1, params), record(PARAMS, 1), record(STDIN, 1, 'abc')]);

const ends = (events: readonly (readonly unknown[])[]): unknown[] => events.filter((event) => event[0] === 'end');

describe('ABORT_REQUEST', () => {
  test('R96: signal and body error; one END_REQUEST, after the application has stopped', async () => {
    const reading = deferred();
    const stop = deferred();
    let bodyError: unknown;
    const { app, aborted } = recording(async (environ, startResponse) => {
      reading.resolve();
      await environ['tsgi.input'].read().catch((error: unknown) => (bodyError = error));
      await stop.promise;
      startResponse('200 OK', []);
      return [Buffer.from('nobody reads this')];
    });
    const { connect } = await start(app);
    const peer = await connect();
    peer.send(half);
    await reading.promise;
    peer.send(record(ABORT, 1));
    await expect.poll(() => bodyError, { timeout: 15_000 }).toMatchObject({ name: 'AbortError' });
    expect(aborted).toEqual([expect.objectContaining({ name: 'AbortError' })]);
    // The answer to GET_VALUES shows that everything before it was dealt with, and no END_REQUEST came.
    peer.send(record(9, 0));
    await peer.until((events) => events.some((event) => event[0] === 'values'));
    expect(ends(peer.events())).toEqual([]);
    stop.resolve();
    expect(await peer.end()).toEqual([['values'], ['stdoutEnd', 1], ['end', 1, 0, 0]]);
    peer.send(record(ABORT, 1), request());
    await peer.until((events) => ends(events).length === 2);
  });

  test('within PARAMS: the application is never called', async () => {
    const { app, environs } = recording(hello);
    const { connect } = await start(app);
    const peer = await connect();
    peer.send(begin(1, 1, 1), record(PARAMS, 1, params), record(ABORT, 1));
    expect(ends(await peer.end())).toEqual([['end', 1, 0, 0]]);
    peer.send(request());
    await peer.until((events) => ends(events).length === 2);
    expect(environs).toHaveLength(1);
  });

  test('in the packet that ends PARAMS: the application is never called', async () => {
    const { app, environs } = recording(hello);
    const peer = await (await start(app)).connect();
    peer.send(begin(1, 1, 1), record(PARAMS, 1, params), record(PARAMS, 1), record(ABORT, 1));
    await peer.end();
    expect(environs).toHaveLength(0);
  });

  test('within the reply: it stops, and does not end as if it were whole', async () => {
    const gate = deferred();
    const { app, aborted, tornDown } = recording((_environ, startResponse) => {
      startResponse('200 OK', []);
      return (async function* () {
        yield Buffer.from('first');
        await gate.promise;
        yield Buffer.from('second');
      })();
    });
    const peer = await (await start(app)).connect();
    peer.send(request());
    await peer.until(() => peer.stdout().endsWith('first'));
    peer.send(record(ABORT, 1));
    await expect.poll(() => aborted, { timeout: 15_000 }).toHaveLength(1);
    gate.resolve();
    await peer.end();
    await tornDown;
    expect(peer.stdout()).not.toContain('second');
    expect(ends(peer.events())).toEqual([['end', 1, 1, 0]]);
  });

  test('R96: an application that does not stop is waited for 5 s, and its END_REQUEST is still the only one', async () => {
    const gate = deferred();
    const { app, aborted, tornDown } = recording(async () => {
      await gate.promise;
      return [];
    });
    const peer = await (await start(app)).connect();
    peer.send(request());
    peer.send(record(ABORT, 1));
    while (aborted.length === 0) await new Promise(setImmediate);
    const since = performance.now();
    await peer.end();
    expect(performance.now() - since).toBeGreaterThan(4900);
    gate.resolve();
    await tornDown;
    peer.send(record(9, 0));
    await peer.until((events) => events.some((event) => event[0] === 'values'));
    expect(ends(peer.events())).toEqual([['end', 1, 0, 0]]);
  });

  test('of one request leaves the others on the connection alone', async () => {
    const gate = deferred();
    const { app, aborted } = recording(async (environ, startResponse) => {
      await gate.promise;
      return hello(environ, startResponse);
    });
    const peer = await (await start(app)).connect();
    peer.send(request({ id: 1 }), request({ id: 2 }));
    peer.send(record(ABORT, 1));
    await expect.poll(() => aborted, { timeout: 15_000 }).toHaveLength(1);
    gate.resolve();
    await peer.end(2);
    await peer.end(1);
    expect(peer.stdout(2)).toBe(HELLO);
    expect(peer.stdout(1)).toBe('');
  });
});

describe('FIN', () => {
  test('while a request runs is an abort: nginx gives up so', async () => {
    const reading = deferred();
    let bodyError: unknown;
    const { app, aborted, tornDown } = recording(async (environ, startResponse) => {
      reading.resolve();
      await environ['tsgi.input'].read().catch((error: unknown) => (bodyError = error));
      startResponse('200 OK', []);
      return [];
    });
    const { connect, log } = await start(app);
    const peer = await connect();
    peer.send(half);
    await reading.promise;
    peer.socket.end();
    await tornDown;
    await peer.ended;
    expect(bodyError).toMatchObject({ name: 'AbortError' });
    expect(aborted).toHaveLength(1);
    expect(peer.events()).toEqual([]);
    expect(log).toEqual([]);
  });

  test('is an abort too when the whole request has come', async () => {
    const called = deferred();
    const { app, aborted, tornDown } = recording(async (environ) => {
      called.resolve();
      await new Promise((_resolve, reject) => {
        environ['tsgi.signal'].addEventListener('abort', () => reject(environ['tsgi.signal'].reason));
      });
      return [];
    });
    const peer = await (await start(app)).connect();
    peer.send(post('body'));
    await called.promise;
    peer.socket.end();
    await tornDown;
    expect(aborted).toHaveLength(1);
  });

  test('within PARAMS, or between requests, is no event', async () => {
    const { app, environs } = recording(hello);
    const { connect, log } = await start(app);
    for (const bytes of [begin(1), Buffer.of(1, 1), request()]) {
      const peer = await connect();
      peer.send(bytes);
      peer.socket.end();
      await peer.ended;
    }
    expect(environs).toHaveLength(1);
    expect(log).toEqual([]);
  });

  test('after the reply was sent does not fire the signal', async () => {
    const { app, aborted, tornDown } = recording(hello);
    const peer = await (await start(app)).connect();
    peer.send(request());
    await peer.end();
    peer.socket.end();
    await peer.ended;
    await tornDown;
    expect(aborted).toEqual([]);
  });

  test('with halfClose the reply is still given, and then the server closes', async () => {
    const { connect } = await start(echo, { halfClose: true });
    const peer = await connect();
    peer.send(post('the body'));
    peer.socket.end();
    await peer.ended;
    expect(peer.stdout()).toMatch(/\r\n\r\nthe body$/);
    expect(ends(peer.events())).toEqual([['end', 1, 0, 0]]);
  });

  test.each([
    ['of known length', half],
    [
      'of unknown length',
      Buffer.concat([
        begin(1),
        record(PARAMS, 1, pairs({ REQUEST_METHOD: 'PUT' })),
        record(PARAMS, 1),
        record(STDIN, 1, 'abc'),
      ]),
    ],
  ])('R48: with halfClose a body %s that was cut short rejects', async (_name, bytes) => {
    let bodyError: unknown;
    const { connect } = await start(
      async (environ, startResponse) => {
        await environ['tsgi.input'].read().catch((error: unknown) => (bodyError = error));
        return hello(environ, startResponse);
      },
      { halfClose: true },
    );
    const peer = await connect();
    peer.send(bytes);
    peer.socket.end();
    await peer.ended;
    expect(bodyError).toMatchObject({ name: 'AbortError', code: 'BODY_TRUNCATED' });
    expect(peer.stdout()).toBe(HELLO);
  });
});

test('R79: a peer that resets the connection within the reply is no error', async () => {
  const { app, tornDown } = recording((_environ, startResponse) => {
    startResponse('200 OK', []);
    return (function* () {
      for (;;) yield Buffer.alloc(65_536);
    })();
  });
  const { connect, log } = await start(app, { port: 0 });
  const peer = await connect();
  peer.send(request());
  await peer.until(() => peer.received > 100_000);
  peer.socket.resetAndDestroy();
  await tornDown;
  const next = await connect();
  expect(next.error).toBeUndefined();
  expect(log).toEqual([]);
});
