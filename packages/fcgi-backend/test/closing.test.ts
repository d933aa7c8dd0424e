import { describe, expect, test, vi } from 'vitest';
import type { App } from '@tsgi/core';
import { deferred, echo, hello, HELLO, recording, start } from './peer.ts';
import { begin, pairs, PARAMS, post, record, request, STDIN } from './records.ts';

describe('close', () => {
  test('an idle kept connection is closed at once', async () => {
    const { connect, server } = await start(hello);
    const peer = await connect();
    peer.send(request());
    await peer.end();
    await server.close();
    await peer.ended;
    expect(peer.error).toBeUndefined();
  });

  test('what runs is finished, then its connection closed, KEEP_CONN or not', async () => {
    const called = deferred();
    const gate = deferred();
    const { connect, server } = await start(async (environ, startResponse) => {
      called.resolve();
      await gate.promise;
      return hello(environ, startResponse);
    });
    const peer = await connect();
    peer.send(request());
    await called.promise;
    const closed = server.close();
    // The server takes its queue of connections first: until then the connection is not told to end.
    await new Promise((resolve) => setTimeout(resolve, 100));
    peer.send(request({ id: 2 }));
    await peer.end(2);
    gate.resolve();
    await peer.ended;
    await closed;
    expect(peer.stdout()).toBe(HELLO);
    expect(peer.events()).toContainEqual(['end', 2, 0, 2]);
  });

  test('a request of which bytes have come is still served', async () => {
    const { connect, server } = await start(hello);
    const peer = await connect();
    const bytes = request();
    peer.send(bytes.subarray(0, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = server.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    peer.send(bytes.subarray(5));
    await peer.ended;
    await closed;
    expect(peer.stdout()).toBe(HELLO);
  });

  test('after the grace, what runs is aborted', async () => {
    const called = deferred();
    const { app, aborted } = recording((environ) => {
      called.resolve();
      return new Promise((resolve) => environ['tsgi.signal'].addEventListener('abort', () => resolve([])));
    });
    const { connect, server } = await start(app);
    const peer = await connect();
    peer.send(request());
    await called.promise;
    await server.close({ grace: 20 });
    expect(aborted).toEqual([expect.objectContaining({ name: 'AbortError' })]);
  });
});

describe('lingering', () => {
  test('a reply to an upload that nobody reads arrives whole, then the server closes', async () => {
    const { connect } = await start(hello, { port: 0 });
    const peer = await connect();
    peer.send(post(Buffer.alloc(500_000), { keep: false }));
    await peer.ended;
    expect(peer.stdout()).toBe(HELLO);
    expect(peer.error).toBeUndefined();
  });

  test.each([
    ['TCP', 4],
    ['TCP', 24],
    ['a UNIX socket', 24],
  ])('over %s, to a web server that sends %i MiB before it reads', async (wire, size) => {
    const { connect } = await start(hello, wire === 'TCP' ? { port: 0 } : {});
    const peer = await connect();
    peer.socket.pause();
    const params = { REQUEST_METHOD: 'POST', CONTENT_LENGTH: String(size * 1_048_576) };
    peer.send(begin(1), record(PARAMS, 1, pairs(params)), record(PARAMS, 1));
    const block = Buffer.concat(Array.from({ length: 32 }, () => record(STDIN, 1, Buffer.alloc(32_768))));
    for (let sent = 0; sent < size; sent++) {
      if (!peer.socket.write(block)) await new Promise((resolve) => peer.socket.once('drain', resolve));
    }
    peer.send(record(STDIN, 1));
    peer.socket.resume();
    await peer.ended;
    expect(peer.stdout()).toBe(HELLO);
    expect(peer.error).toBeUndefined();
  });

  test('a refusal, too, reaches a web server that sends on', async () => {
    const { connect } = await start(hello, { port: 0 });
    const peer = await connect();
    peer.socket.pause();
    peer.send(begin(1, 9));
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let sent = 0; sent < 64; sent++) peer.send(record(STDIN, 1, Buffer.alloc(65_000)));
    peer.socket.resume();
    await peer.ended;
    expect(peer.events()).toEqual([['end', 1, 0, 3]]);
    expect(peer.error).toBeUndefined();
  });

  test('is bounded in bytes', async () => {
    const { connect } = await start(hello, { drainSize: 1_048_576 });
    const peer = await connect();
    peer.send(begin(1), record(PARAMS, 1, pairs({ REQUEST_METHOD: 'PUT' })), record(PARAMS, 1));
    await peer.ended;
    const gone = new Promise((resolve) => peer.socket.once('close', resolve));
    const junk = Buffer.alloc(65_536);
    const feed = setInterval(() => peer.socket.write(junk), 1);
    await gone;
    clearInterval(feed);
    expect(peer.socket.bytesWritten).toBeGreaterThan(1_048_576);
  });

  test("EPIPE and ECONNRESET after the end are nobody's concern", async () => {
    const { connect, log } = await start(hello, { port: 0 });
    for (let round = 0; round < 20; round++) {
      const peer = await connect();
      peer.send(request({ keep: round % 2 === 0 }));
      if (round % 3 === 0) await peer.until(() => peer.received > 0);
      peer.socket.resetAndDestroy();
    }
    const peer = await connect();
    peer.send(request());
    await peer.end();
    expect(log).toEqual([]);
  });
});

describe('timeouts', () => {
  test.each([
    ['no byte', Buffer.alloc(0), 0],
    ['half a header', Buffer.of(1, 1, 0), 1],
    ['half of PARAMS', Buffer.concat([begin(1), record(PARAMS, 1, 'ab')]), 1],
  ])('%s within headersTimeout: closed', async (_name, bytes, lines) => {
    const { connect, log } = await start(hello, { headersTimeout: 50 });
    const peer = await connect();
    peer.send(bytes);
    await peer.ended;
    expect(log).toHaveLength(lines);
    expect(peer.events()).toEqual([]);
  });

  test('a kept connection may be idle for longer', async () => {
    const { connect } = await start(hello, { headersTimeout: 30, requestTimeout: 30 });
    const peer = await connect();
    peer.send(request());
    await peer.end();
    await new Promise((resolve) => setTimeout(resolve, 100));
    peer.send(request());
    await peer.until((events) => events.filter((event) => event[0] === 'end').length === 2);
  });

  test('unless keepAliveTimeout says otherwise', async () => {
    const { connect } = await start(hello, { keepAliveTimeout: 30 });
    const peer = await connect();
    peer.send(request());
    await peer.ended;
    expect(peer.stdout()).toBe(HELLO);
  });

  test('also after an application that was not done at once, and with a part of the next request', async () => {
    const later: App = async (environ, startResponse) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return hello(environ, startResponse);
    };
    for (const [options, next] of [
      [{ keepAliveTimeout: 30 }, Buffer.alloc(0)],
      [{ headersTimeout: 30 }, begin(1).subarray(0, 4)],
    ] as const) {
      const { connect } = await start(later, options);
      const peer = await connect();
      peer.send(request(), next);
      await peer.ended;
      expect(peer.stdout()).toBe(HELLO);
    }
  });

  test.each([true, false])('keepAliveTimeout leaves a slow reader its reply (KEEP_CONN %s)', async (keep) => {
    const large: App = (_environ, startResponse) => {
      startResponse('200 OK', []);
      return [Buffer.alloc(8_000_000)];
    };
    const { connect } = await start(large, { keepAliveTimeout: 30 });
    const peer = await connect();
    peer.socket.pause();
    peer.send(request({ keep }));
    await new Promise((resolve) => setTimeout(resolve, 150));
    peer.socket.resume();
    await peer.end();
    await peer.ended;
  });

  test('headersTimeout begins anew with each request, though reads end within the next one', async () => {
    const { connect, log } = await start(hello, { headersTimeout: 200 });
    const peer = await connect();
    const whole = request();
    peer.send(whole.subarray(0, 4));
    for (let round = 1; round <= 4; round++) {
      await new Promise((resolve) => setTimeout(resolve, 80));
      peer.send(whole.subarray(4), whole.subarray(0, 4));
      await peer.until((events) => events.filter((event) => event[0] === 'end').length === round);
    }
    expect(log).toEqual([]);
  });

  test('keepAliveTimeout begins anew with each request', async () => {
    const { connect } = await start(hello, { keepAliveTimeout: 200 });
    const peer = await connect();
    for (let round = 1; round <= 4; round++) {
      peer.send(request());
      await peer.until((events) => events.filter((event) => event[0] === 'end').length === round);
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
    await peer.ended;
  });

  test.each(['headersTimeout', 'requestTimeout', 'keepAliveTimeout'])('Infinity lifts %s', async (name) => {
    const { connect } = await start(echo, { [name]: Infinity });
    const peer = await connect();
    for (let round = 1; round <= 2; round++) {
      const whole = post('body');
      for (const piece of [whole.subarray(0, 30), whole.subarray(30, -10), whole.subarray(-10)]) {
        peer.send(piece);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await peer.until((events) => events.filter((event) => event[0] === 'end').length === round);
    }
    expect(peer.stdout()).toMatch(/^(Status: 200 .*?\r\n\r\nbody){2}$/s);
  });

  test('a body that stops coming rejects with 408', async () => {
    let error: unknown;
    const { connect } = await start(
      async (environ) => {
        error = await environ['tsgi.input'].read().catch((reason: unknown) => reason);
        throw error;
      },
      { requestTimeout: 50 },
    );
    const peer = await connect();
    peer.send(
      begin(1, 1, 1),
      record(PARAMS, 1, pairs({ REQUEST_METHOD: 'POST' })),
      record(PARAMS, 1),
      record(STDIN, 1, 'a'),
    );
    await peer.end();
    expect(error).toMatchObject({ code: 'BODY_TIMEOUT' });
    expect(peer.stdout()).toMatch(/^Status: 408 /);
  });
});

describe('who may connect', () => {
  test('FCGI_WEB_SERVER_ADDRS: others, and UNIX sockets, are closed', async () => {
    const options = { webServerAddrs: ['10.9.8.7', ' ::FFFF:7f00:1 '] };
    const tcp = await (await start(hello, { ...options, port: 0 })).connect();
    tcp.send(request());
    await tcp.end();
    const { connect, log } = await start(hello, options);
    await (
      await connect()
    ).ended;
    expect(log.join('')).toMatch(/connection refused: not TCP/);
    await (
      await (await start(hello, { webServerAddrs: ['10.9.8.7'], port: 0 })).connect()
    ).ended;
  });

  test('the environment variable says the same', async () => {
    vi.stubEnv('FCGI_WEB_SERVER_ADDRS', '10.9.8.7, 10.9.8.6');
    const { connect, log } = await start(hello, { port: 0 });
    vi.unstubAllEnvs();
    await (
      await connect()
    ).ended;
    expect(log.join('')).toMatch(/connection refused: 127\.0\.0\.1 is not in FCGI_WEB_SERVER_ADDRS/);
  });

  test('maxConnections', async () => {
    const { connect } = await start(hello, { maxConnections: 1 });
    const first = await connect();
    await (
      await connect()
    ).ended;
    first.send(request());
    await first.end();
  });
});
