import { describe, expect, test } from 'vitest';
import { type App, TsgiError } from '@tsgi/core';
import { RequestBody } from '@tsgi/core/server';
import { callApp, testEnviron } from '@tsgi/core/testing';
import { gateway } from '../src/index.ts';
import { encodeParams } from '../src/codec/request-encoder.ts';
import { decodeRequests } from './decoded.ts';
import { socketPath } from './peer.ts';
import { GET_VALUES_RESULT, record, STDERR, STDOUT } from './records.ts';
import { end, OK, type Script, stdout, upstream } from './upstream.ts';

/** The error that a gateway rejects with before there is a head. */
async function rejection(app: App, environ = testEnviron()): Promise<unknown> {
  try {
    await app(environ, () => async () => {});
  } catch (error) {
    return error;
  }
  return undefined;
}

const answering = (...records: Uint8Array[]): Script => ({ onRequest: (call) => call.send(...records) });

describe('what is sent', () => {
  test('BEGIN_REQUEST, PARAMS, an empty PARAMS, STDIN, in one write when there is no body', async () => {
    const writes: Buffer[] = [];
    const { app } = await upstream({ ...answering(stdout(OK), end()), onRecords: (bytes) => void writes.push(bytes) });
    await callApp(app, { target: '/a' });
    expect(writes).toHaveLength(1);
    const events = decodeRequests(writes);
    expect(events.map((event) => event[0])).toEqual(['begin', 'params', 'stdinEnd']);
    expect(events[0]).toEqual(['begin', 1, 1, false]);
    expect(events[1]).toContain('REQUEST_METHOD');
  });

  test('extra params win, and CONTENT_LENGTH is there only for a body', async () => {
    const calls: Record<string, string>[] = [];
    const script: Script = {
      onRequest(call) {
        calls.push({ ...call.variables, body: call.body.toString() });
        call.send(stdout(OK), end());
      },
    };
    const { app } = await upstream(script, { params: { SCRIPT_FILENAME: '/srv/a.php', REMOTE_ADDR: 'hidden' } });
    await callApp(app);
    await callApp(app, { method: 'POST', body: 'abc' });
    expect(calls[0]).toMatchObject({ SCRIPT_FILENAME: '/srv/a.php', REMOTE_ADDR: 'hidden', body: '' });
    expect(calls[0]).not.toHaveProperty('CONTENT_LENGTH');
    expect(calls[1]).toMatchObject({ CONTENT_LENGTH: '3', body: 'abc' });
  });

  test('PARAMS end where pairs end, for php-fpm and uWSGI decode each record alone', () => {
    const variables = Array.from({ length: 60 }, (_value, index) => [`NAME_${index}`, 'v'.repeat(index * 100)]).flat();
    const records = encodeParams(variables);
    expect(records.length).toBeGreaterThan(2);
    const decoded: unknown[] = [];
    for (const one of records.slice(0, -1)) {
      expect(one.length - 8).toBeLessThanOrEqual(65_528);
      const alone = decodeRequests([record(1, 1, Buffer.of(0, 1, 0, 0, 0, 0, 0, 0)), one, record(4, 1)]);
      decoded.push(...(alone[1] ?? []).slice(2));
    }
    expect(decoded).toEqual(variables);
  });

  test('a pair that fits no record is an error, not cut (Caddy) nor dropped (Apache)', () => {
    expect(encodeParams(['NAME', 'v'.repeat(65_519)])).toHaveLength(2);
    expect(() => encodeParams(['NAME', 'v'.repeat(65_520)])).toThrow(
      expect.objectContaining({ code: 'VARIABLE_TOO_LARGE', statusHint: 400 }),
    );
  });

  test('a content of STDIN never passes 65,535 with its padding: php-fpm refuses it', async () => {
    const chunks: Buffer[] = [];
    const { app } = await upstream({ ...answering(stdout(OK), end()), onRecords: (bytes) => void chunks.push(bytes) });
    await callApp(app, { method: 'POST', body: Buffer.alloc(200_000) });
    let bytes = Buffer.concat(chunks);
    while (bytes.length > 0) {
      const size = bytes.readUInt16BE(4) + bytes.readUInt8(6);
      expect(size).toBeLessThanOrEqual(65_535);
      bytes = bytes.subarray(8 + size);
    }
  });
});

describe('an answer that is accepted', () => {
  test.each<[name: string, records: Buffer[], text: string]>([
    ['php-fpm: no empty STDOUT', [stdout(`${OK}body`), end()], 'body'],
    ['an empty STDOUT', [stdout(`${OK}body`), record(STDOUT, 1), end()], 'body'],
    ['a head over many records', [...`${OK}body`].map((text) => stdout(text)).concat(end()), 'body'],
    ['END_REQUEST twice (php-src#1169)', [stdout(`${OK}body`), end(), end()], 'body'],
    ['an empty GET_VALUES_RESULT (Go)', [record(GET_VALUES_RESULT, 0), stdout(`${OK}body`), end()], 'body'],
    [
      'records of other ids',
      [record(STDOUT, 2, 'x'), stdout(`${OK}body`), record(END_OF_2, 2, Buffer.alloc(8)), end()],
      'body',
    ],
    [
      'more than its Content-Length',
      [stdout('Status: 200 OK\r\nContent-Length: 4\r\n\r\nbody and more'), end()],
      'body',
    ],
    ['padding', [record(STDOUT, 1, `${OK}body`, 200), record(STDOUT, 1, '', 5), end()], 'body'],
  ])('%s', async (_name, records, text) => {
    const { app } = await upstream(answering(...records));
    expect(await callApp(app)).toMatchObject({ status: '200 OK', text, complete: true });
  });

  test('the connection lost after the whole Content-Length', async () => {
    const { app } = await upstream({
      onRequest: (call) => call.socket.end(stdout('Status: 200 OK\r\nContent-Length: 4\r\n\r\nbody')),
    });
    expect(await callApp(app)).toMatchObject({ text: 'body', complete: true });
  });

  test('before the body was sent: the rest of it is not', async () => {
    const { app } = await upstream({ onParams: (call) => call.send(stdout('Status: 413 No\r\n\r\ntoo much'), end()) });
    const answer = await callApp(app, {
      method: 'POST',
      body: Array.from({ length: 100 }, () => Buffer.alloc(65_536)),
    });
    expect(answer).toMatchObject({ status: '413 No', text: 'too much', complete: true });
  });

  test('one byte at a time', async () => {
    const bytes = Buffer.concat([stdout(`${OK}body`), record(STDOUT, 1), end()]);
    const { app } = await upstream({
      async onRequest(call) {
        for (const byte of bytes) {
          call.send(Uint8Array.of(byte));
          await new Promise(setImmediate);
        }
      },
    });
    expect(await callApp(app)).toMatchObject({ text: 'body', complete: true });
  });
});

const END_OF_2 = 3;

describe('what goes wrong before the head', () => {
  test.each<[name: string, script: Script, status: number, code: string]>([
    ['OVERLOADED', answering(end(0, 2)), 503, 'OVERLOADED'],
    ['UNKNOWN_ROLE', answering(end(0, 3)), 502, 'UNKNOWN_ROLE'],
    ['CANT_MPX_CONN', answering(end(0, 1)), 502, 'CANT_MPX_CONN'],
    ['END_REQUEST alone', answering(end()), 502, 'BAD_CGI_RESPONSE'],
    ['half a head', answering(stdout('Status: 200 OK\r\n'), end()), 502, 'BAD_CGI_RESPONSE'],
    ['no head', answering(stdout('hello\r\n\r\n'), end()), 502, 'BAD_CGI_RESPONSE'],
    [
      'a head without end',
      answering(...Array.from({ length: 20 }, () => stdout(`X: ${'y'.repeat(5000)}\r\n`))),
      502,
      'BAD_CGI_RESPONSE',
    ],
    ['another protocol', answering(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')), 502, 'BAD_FCGI_RESPONSE'],
    ['a closed connection', { onRequest: (call) => call.socket.destroy() }, 502, 'CONNECTION_LOST'],
    ['a FIN', { onConnection: (socket) => socket.end() }, 502, 'CONNECTION_LOST'],
  ])('%s: %d', async (_name, script, status, code) => {
    const { app } = await upstream(script);
    const error = await rejection(app);
    expect(error).toBeInstanceOf(TsgiError);
    expect(error).toMatchObject({ code, side: 'peer', statusHint: status });
    expect((await callApp(app)).status).toMatch(new RegExp(`^${status} `));
  });

  test('nobody listens: 502', async () => {
    const app = gateway({ address: `unix:${socketPath()}` });
    expect(await rejection(app)).toMatchObject({ code: 'CONNECT_FAILED', statusHint: 502 });
  });

  test('no answer in time: 504, and the connection is given up', async () => {
    let closed = (): void => {};
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const { app } = await upstream({ onConnection: (socket) => socket.on('close', closed) }, { responseTimeout: 50 });
    expect(await rejection(app)).toMatchObject({ code: 'RESPONSE_TIMEOUT', statusHint: 504 });
    await gone;
  });

  test.each(['connectTimeout', 'responseTimeout', 'idleTimeout'])('Infinity lifts %s', async (name) => {
    const pieces = [stdout(OK), stdout('late'), end()];
    const { app } = await upstream(
      {
        async onRequest(call) {
          for (const piece of pieces) {
            await new Promise((resolve) => setTimeout(resolve, 20));
            call.send(piece);
          }
        },
      },
      { [name]: Infinity },
    );
    expect(await callApp(app)).toMatchObject({ text: 'late', complete: true });
  });

  test('STDERR alone is no answer', async () => {
    const { app } = await upstream(answering(record(STDERR, 1, 'oops'), end()));
    expect(await callApp(app)).toMatchObject({ status: '502 Bad Gateway' });
  });

  test.each([
    ['announced', { CONTENT_LENGTH: '101' }],
    ['not announced', { CONTENT_LENGTH: undefined }],
  ])('a body over maxBody, %s: 413', async (_name, changes) => {
    const { app, connections } = await upstream(answering(stdout(OK), end()), { maxBody: 100 });
    const body = new RequestBody();
    body.push(Buffer.alloc(101));
    body.end();
    const environ = testEnviron({ method: 'POST', environ: { 'tsgi.input': body.input, ...changes } });
    expect(await rejection(app, environ)).toMatchObject({ code: 'BODY_TOO_LARGE', statusHint: 413 });
    expect(connections()).toBe(0);
  });
});

describe('R81: what goes wrong after the head fails visibly', () => {
  test.each<[name: string, script: Script]>([
    ['the connection closed before END_REQUEST', { onRequest: (call) => call.socket.end(stdout(`${OK}half`)) }],
    [
      'an empty STDOUT, but no END_REQUEST',
      { onRequest: (call) => call.socket.end(Buffer.concat([stdout(`${OK}half`), record(STDOUT, 1)])) },
    ],
    ['a non-zero appStatus', answering(stdout(`${OK}half`), end(1))],
    ['fewer bytes than Content-Length', answering(stdout('Status: 200 OK\r\nContent-Length: 9\r\n\r\nhalf'), end())],
    ['a late rejection', answering(stdout(`${OK}half`), end(0, 2))],
    ['broken framing', answering(stdout(`${OK}half`), Buffer.from('garbage!'))],
  ])('%s', async (_name, script) => {
    const { app } = await upstream(script);
    const body = await app(testEnviron(), () => async () => {});
    let text = '';
    const reading = (async () => {
      for await (const chunk of body) text += Buffer.from(chunk).toString();
    })();
    await expect(reading).rejects.toMatchObject({ name: 'TsgiError', side: 'peer' });
    // What was not begun yet can still be answered with an error; what was begun must break off.
    const { status, complete } = await callApp(app);
    expect([status, complete]).not.toEqual(['200 OK', true]);
  });

  test('a body that stops coming', async () => {
    const { app } = await upstream(answering(stdout(`${OK}half`)), { idleTimeout: 50 });
    const answer = await callApp(app);
    expect(answer).toMatchObject({ text: 'half', complete: false });
    expect(answer.errors).toContain('no byte of the answer within 50 ms');
  });
});

describe('STDERR', () => {
  test('CRLF across two records is one end of a line, and a CR alone at the end none', async () => {
    const records = ['one\r', '\ntwo', '\r', '\n', 'three\r', 'four\n'].map((text) =>
      record(STDERR, 1, Buffer.from(text)),
    );
    const { app } = await upstream(answering(...records, stdout(OK), end()));
    expect((await callApp(app)).errors).toBe('one\ntwo\nthree?four\n');
  });

  test('goes to tsgi.errors, without control characters, each request on its own line', async () => {
    const { app } = await upstream(
      answering(record(STDERR, 1, 'PHP: \x1b[31mred\r\n'), stdout(OK), record(STDERR, 1, 'caf\xc3\xa9'), end()),
    );
    expect((await callApp(app)).errors).toBe('PHP: ?[31mred\ncafé\n');
  });

  test('is capped', async () => {
    const flood = Array.from({ length: 100 }, () => record(STDERR, 1, 'x'.repeat(60_000)));
    const { app } = await upstream(answering(...flood, stdout(`${OK}body`), end()));
    const { errors, text } = await callApp(app);
    expect(text).toBe('body');
    expect(errors.length).toBeLessThan(70_000);
    expect(errors.slice(-40)).toContain('left out]\n');
  });
});

describe('kept connections', () => {
  const reply = [stdout(`${OK}body`), end()];

  test('are used again, when asked for', async () => {
    const { app, connections } = await upstream(answering(...reply), { pool: 1 });
    for (let round = 0; round < 5; round++) expect((await callApp(app)).text).toBe('body');
    expect(connections()).toBe(1);
  });

  test('are not without a pool, and the application is told', async () => {
    const kept: boolean[] = [];
    const { app, connections } = await upstream({
      onRequest(call) {
        kept.push(call.keep);
        call.send(...reply);
      },
    });
    for (let round = 0; round < 3; round++) await callApp(app);
    expect(connections()).toBe(3);
    expect(kept).toEqual([false, false, false]);
  });

  test('are no more than the pool holds', async () => {
    const open = new Set<unknown>();
    const { app, connections } = await upstream(
      {
        ...answering(...reply),
        onConnection(socket) {
          open.add(socket);
          socket.on('close', () => open.delete(socket));
        },
      },
      { pool: 2 },
    );
    const answers = await Promise.all(Array.from({ length: 6 }, () => callApp(app)));
    expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 6 }, () => 'body'));
    expect(connections()).toBe(2);
    expect(open.size).toBe(2);
  });

  test('that were closed meanwhile are not used', async () => {
    const { app, connections } = await upstream(
      { onRequest: (call) => call.socket.end(Buffer.concat(reply)) },
      { pool: 1 },
    );
    for (let round = 0; round < 3; round++) {
      expect((await callApp(app)).text).toBe('body');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(connections()).toBe(3);
  });

  /** Serves one request on each connection and dies at the next one. */
  const dying: Script = {
    onRequest(call) {
      if (served.has(call.socket)) call.socket.destroy();
      else {
        served.add(call.socket);
        call.send(...reply);
      }
    },
  };
  const served = new WeakSet<object>();

  test.each<[name: string, request: { method: string; unknown?: boolean }]>([
    ['no body', { method: 'GET' }],
    ['a body that is in memory', { method: 'PUT', unknown: true }],
  ])('that die before any byte are replaced once: %s', async (_name, { method, unknown }) => {
    const { app, connections } = await upstream(dying, { pool: 1 });
    const environ = (): Record<string, unknown> => {
      if (unknown !== true) return {};
      const body = new RequestBody();
      body.push(Buffer.from('again'));
      body.end();
      return { 'tsgi.input': body.input };
    };
    for (let round = 0; round < 3; round++) {
      expect((await callApp(app, { method, environ: environ() })).text).toBe('body');
    }
    expect(connections()).toBe(3);
  });

  test('that die with a body that cannot be sent again: 502', async () => {
    const { app, connections } = await upstream(dying, { pool: 1 });
    expect((await callApp(app, { method: 'POST', body: 'x' })).text).toBe('body');
    expect((await callApp(app, { method: 'POST', body: 'x' })).status).toBe('502 Bad Gateway');
    expect(connections()).toBe(1);
  });

  test('a new connection that dies is not tried again', async () => {
    const { app, connections } = await upstream({ onRequest: (call) => call.socket.destroy() }, { pool: 1 });
    expect((await callApp(app)).status).toBe('502 Bad Gateway');
    expect(connections()).toBe(1);
  });

  test('with something after END_REQUEST are not used again (php-src#1169)', async () => {
    const { app, connections } = await upstream(answering(...reply, end()), { pool: 1 });
    for (let round = 0; round < 3; round++) expect((await callApp(app)).text).toBe('body');
    expect(connections()).toBe(3);
  });

  test('are used again though END_REQUEST comes after the body was read', async () => {
    const { app, connections } = await upstream(
      {
        onRequest(call) {
          call.send(stdout('Status: 200 OK\r\nContent-Length: 4\r\n\r\nbody'));
          setTimeout(() => call.send(record(STDOUT, 1), end()), 20);
        },
      },
      { pool: 1 },
    );
    for (let round = 0; round < 3; round++) {
      expect((await callApp(app)).text).toBe('body');
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(connections()).toBe(1);
  });
});

describe('local redirects (RFC 3875 section 6.2.2)', () => {
  test('are asked for again, as GET without a body', async () => {
    const seen: string[] = [];
    const { app } = await upstream({
      onRequest(call) {
        const { REQUEST_METHOD, PATH_INFO, QUERY_STRING } = call.variables;
        seen.push(`${REQUEST_METHOD} ${PATH_INFO} ${QUERY_STRING} ${call.body.toString()}`);
        if (PATH_INFO === '/from') call.send(stdout('Location: /to%20here?x=1\r\n\r\n'), end());
        else call.send(stdout(`${OK}there`), end());
      },
    });
    expect(await callApp(app, { method: 'POST', target: '/from', body: 'abc' })).toMatchObject({ text: 'there' });
    expect(seen).toEqual(['POST /from  abc', 'GET /to here x=1 ']);
  });

  test('are followed five times', async () => {
    let count = 0;
    const { app } = await upstream({
      onRequest(call) {
        count++;
        call.send(stdout('Location: /again\r\n\r\n'), end());
      },
    });
    expect((await callApp(app)).status).toBe('502 Bad Gateway');
    expect(count).toBe(6);
  });

  test("lose their fragment: it is the client's", async () => {
    const { app } = await upstream({
      onRequest(call) {
        const { PATH_INFO, REQUEST_URI, QUERY_STRING } = call.variables;
        if (PATH_INFO === '/') call.send(stdout('Location: /there?x=1#part\r\n\r\n'), end());
        else call.send(stdout(`${OK}${REQUEST_URI} ${QUERY_STRING}`), end());
      },
    });
    expect((await callApp(app)).text).toBe('/there?x=1 x=1');
  });

  test('go to the application that is given for them, with the whole path', async () => {
    const redirectTo: App = (environ, startResponse) => {
      startResponse('200 OK', []);
      return [Buffer.from(`${environ.SCRIPT_NAME}|${environ.PATH_INFO}`)];
    };
    const { app } = await upstream(answering(stdout('Location: /out/side\r\n\r\n'), end()), { redirectTo });
    expect((await callApp(app, { environ: { SCRIPT_NAME: '/app' } })).text).toBe('|/out/side');
  });

  test.each([
    ['a Location with a Status', 'Status: 302 Found\r\nLocation: /a\r\n\r\n', {}],
    ['one that leads out of the mount', 'Location: /a\r\n\r\n', { SCRIPT_NAME: '/app' }],
    ['an absolute one', 'Location: http://example.org/\r\n\r\n', {}],
  ])("but not %s: that is the client's", async (_name, head, environ) => {
    const { app } = await upstream(answering(stdout(head), end()));
    expect(await callApp(app, { environ })).toMatchObject({ status: '302 Found' });
  });
});
