import { connect as connectHttp2, constants, type ClientHttp2Session, type OutgoingHttpHeaders } from 'node:http2';
import { expect, test } from 'vitest';
import type { App, Bytes, Environ } from '@tsgi/core';
import { serve, type ServeOptions } from '../src/index.ts';
import { localhost } from './support/certificates.ts';
import { RawClient } from './support/raw-client.ts';
import { bytes, echo, hello } from './support/serving.ts';

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
  interim: number[];
}

function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === undefined });
    const answer: Answer = { status: 0, headers: {}, body: '', interim: [] };
    stream.on('headers', (fields) => answer.interim.push(Number(fields[':status'])));
    stream.on('response', (fields) => {
      answer.status = Number(fields[':status']);
      answer.headers = fields;
    });
    stream.on('data', (chunk: Buffer) => {
      answer.body += chunk.toString('latin1');
    });
    stream.on('end', () => resolve(answer));
    stream.on('error', reject);
    stream.on('close', () => reject(new Error(`closed with ${stream.rstCode}`)));
    if (body !== undefined) stream.end(body);
  });
}

async function over(app: App, options: ServeOptions = {}) {
  const log: string[] = [];
  const over = options.h2c === true ? {} : { tls: localhost };
  const server = await serve(app, { port: 0, errors: (text) => log.push(text), ...over, ...options });
  const scheme = options.h2c === true ? 'http' : 'https';
  const session = connectHttp2(`${scheme}://127.0.0.1:${server.port}`, { rejectUnauthorized: false });
  session.on('error', () => {});
  return {
    server,
    session,
    log,
    async [Symbol.asyncDispose]() {
      session.destroy();
      await server.close({ grace: 0 });
    },
  };
}

test('a request becomes an environ', async () => {
  const environs: Environ[] = [];
  await using server = await over((environ, startResponse) => {
    environs.push(environ);
    return hello(environ, startResponse);
  });
  const answer = await ask(server.session, { ':path': '/a%20b?c=d', cookie: ['a=1', 'b=2'], 'x-a': 'caf\u00e9' });
  expect(answer).toMatchObject({ status: 200, body: 'hello' });
  expect(answer.headers).toMatchObject({ 'content-length': '5', server: 'TSGI' });
  expect(answer.headers.date).toMatch(/GMT$/);
  expect(environs[0]).toMatchObject({
    REQUEST_METHOD: 'GET',
    REQUEST_URI: '/a%20b?c=d',
    PATH_INFO: '/a b',
    QUERY_STRING: 'c=d',
    SERVER_PROTOCOL: 'HTTP/2.0',
    HTTP_HOST: `127.0.0.1:${server.server.port}`,
    HTTP_COOKIE: 'a=1; b=2',
    HTTP_X_A: 'caf\xe9',
    'tsgi.url_scheme': 'https',
    HTTPS: 'on',
  });
});

test('bodies, many at a time, big ones too', async () => {
  await using server = await over(echo);
  const big = 'x'.repeat(500_000);
  const answers = await Promise.all([
    ask(server.session, { ':method': 'POST' }, bytes('one')),
    ask(server.session, { ':method': 'PUT', 'content-length': '3' }, bytes('two')),
    ask(server.session, { ':method': 'POST' }, bytes(big)),
    ask(server.session, {}),
  ]);
  expect(answers.map(({ body }) => body)).toEqual(['POST / [one]', 'PUT / [two]', `POST / [${big}]`, 'GET / []']);
});

test('HTTP/1.1 on the same port', async () => {
  await using server = await over(hello);
  const { connect } = await import('node:tls');
  const socket = connect({
    port: server.server.port ?? 0,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
  });
  const client = new RawClient(socket);
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(await client.rest()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*hello$/);
  client.destroy();
});

test('HEAD, 204, repeated headers', async () => {
  await using server = await over((environ, startResponse) => {
    const status = environ.PATH_INFO === '/204' ? '204 No Content' : '200 OK';
    startResponse(status, [
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['Vary', 'a'],
      ['Vary', 'b'],
    ]);
    return status === '200 OK' ? [bytes('hello')] : [];
  });
  const head = await ask(server.session, { ':method': 'HEAD' });
  expect(head).toMatchObject({
    status: 200,
    body: '',
    headers: { 'content-length': '5', 'set-cookie': ['a=1', 'b=2'], vary: 'a, b' },
  });
  const none = await ask(server.session, { ':path': '/204' });
  expect(none).toMatchObject({ status: 204, body: '' });
  expect(none.headers['content-length']).toBeUndefined();
});

test('interim responses: 100 when the body is wanted, 103 when the application hints', async () => {
  await using server = await over(async (environ, startResponse) => {
    environ['tsgi.early_hints']?.([['Link', '</a>; rel=preload']]);
    const body = await environ['tsgi.input'].read();
    startResponse('200 OK', []);
    return [body];
  });
  const continued = await new Promise<Answer>((resolve, reject) => {
    const stream = server.session.request({ ':method': 'POST', expect: '100-continue' });
    const answer: Answer = { status: 0, headers: {}, body: '', interim: [] };
    stream.on('headers', (fields) => answer.interim.push(Number(fields[':status'])));
    stream.on('continue', () => stream.end('abc'));
    stream.on('data', (chunk: Buffer) => {
      answer.body += chunk.toString();
    });
    stream.on('end', () => resolve(answer));
    stream.on('error', reject);
  });
  expect(continued).toMatchObject({ body: 'abc' });
  expect(continued.interim).toContain(103);
});

test('a stream that the client resets fires the signal, and the others go on', async () => {
  let report = (_seen: string): void => {};
  const seen = new Promise<string>((resolve) => {
    report = resolve;
  });
  const app: App = (environ, startResponse) => {
    if (environ.PATH_INFO !== '/wait') return hello(environ, startResponse);
    return new Promise((_resolve, reject) => {
      const signal = environ['tsgi.signal'];
      signal.addEventListener('abort', () => {
        report((signal.reason as Error).name);
        reject(signal.reason as Error);
      });
    });
  };
  await using server = await over(app);
  const stream = server.session.request({ ':path': '/wait' });
  stream.on('error', () => {});
  await ask(server.session, {});
  stream.close(constants.NGHTTP2_CANCEL);
  expect(await seen).toBe('AbortError');
  expect(await ask(server.session, {})).toMatchObject({ body: 'hello' });
  expect(server.log).toEqual([]);
});

test('a response that fails after its head is a reset stream, not an ended one', async () => {
  await using server = await over((_environ, startResponse) => {
    startResponse('200 OK', []);
    return (async function* body(): AsyncGenerator<Bytes> {
      yield bytes('begun');
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error('on purpose');
    })();
  });
  await expect(ask(server.session, {})).rejects.toThrow(/NGHTTP2_INTERNAL_ERROR|closed with 2/);
  expect(server.log.join('')).toContain('on purpose');
});

test('a client that does not read stops the iterator', async () => {
  let taken = 0;
  await using server = await over((_environ, startResponse) => {
    startResponse('200 OK', []);
    const chunk = new Uint8Array(65_536);
    return (function* body(): Generator<Bytes> {
      while (taken < 1_000) {
        taken += 1;
        yield chunk;
      }
    })();
  });
  const stream = server.session.request({});
  stream.pause();
  await new Promise((resolve) => stream.once('response', resolve));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(taken).toBeLessThan(100);
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
  });
  stream.resume();
  await new Promise((resolve) => stream.once('end', resolve));
  expect(length).toBe(65_536_000);
});

test('an application that does not read stops the client', async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  await using server = await over(async (environ, startResponse) => {
    await gate;
    let length = 0;
    for await (const chunk of environ['tsgi.input']) length += chunk.length;
    startResponse('200 OK', []);
    return [bytes(String(length))];
  });
  const size = 10_000_000;
  const answer = ask(server.session, { ':method': 'POST' }, new Uint8Array(size));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { remoteWindowSize = 0 } = server.session.state;
  expect(remoteWindowSize).toBeLessThan(size / 2);
  open();
  expect((await answer).body).toBe(String(size));
});

test('a refused upload is answered, and the session goes on', async () => {
  await using server = await over(hello, { maxBody: 10 });
  expect(await ask(server.session, { ':method': 'POST', 'content-length': '20' }, new Uint8Array(20))).toMatchObject({
    status: 413,
  });
  expect(await ask(server.session, {})).toMatchObject({ status: 200 });
});

test.each([['a long target', { ':path': `/${'x'.repeat(9_000)}` }, 414]])(
  '%s is refused',
  async (_name, headers, status) => {
    await using server = await over(hello);
    expect(await ask(server.session, headers)).toMatchObject({ status });
  },
);

test('close finishes what runs and says so beforehand', async () => {
  await using server = await over(async (_environ, startResponse) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    startResponse('200 OK', []);
    return [bytes('finished')];
  });
  const goaway = new Promise((resolve) => server.session.once('goaway', resolve));
  const answer = ask(server.session, {});
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closing = server.server.close({ grace: 5_000 });
  await goaway;
  expect((await answer).body).toBe('finished');
  await closing;
});

test('rapid reset ends the session', async () => {
  let begun = 0;
  const app: App = (environ) => {
    begun += 1;
    return new Promise((_resolve, reject) => {
      environ['tsgi.signal'].addEventListener('abort', () => reject(new Error('aborted')));
    });
  };
  await using server = await over(app, { h2c: true });
  const closed = new Promise((resolve) => server.session.once('close', resolve));
  for (let count = 0; count < 2_000 && !server.session.closed; count += 1) {
    const stream = server.session.request({});
    stream.on('error', () => {});
    stream.close(constants.NGHTTP2_CANCEL);
    await new Promise(setImmediate);
  }
  await closed;
  expect(begun).toBeLessThan(300);
});

test('h2c by prior knowledge, beside HTTP/1.1', async () => {
  const server = await serve(echo, { port: 0, h2c: true });
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  expect(await ask(session, { ':method': 'POST' }, bytes('abc'))).toMatchObject({ body: 'POST / [abc]' });
  session.destroy();
  const client = await RawClient.connect({ host: '127.0.0.1', port: server.port ?? 0 });
  client.send('P');
  await new Promise(setImmediate);
  client.send('OST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc');
  expect(await client.rest()).toMatch(/POST \/ \[abc\]$/);
  client.end();
  await server.close({ grace: 0 });
});
