import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { App, Environ } from '@tsgi/core';
import { makeServer, serve } from '../src/index.ts';
import { RawClient } from './support/raw-client.ts';
import { bytes, hello, serving } from './support/serving.ts';

function recording(): { app: App; environs: Environ[] } {
  const environs: Environ[] = [];
  const app: App = (environ, startResponse) => {
    environs.push(environ);
    startResponse('204 No Content', []);
    return [];
  };
  return { app, environs };
}

test('the facts of the connection', async () => {
  const { app, environs } = recording();
  await using server = await serving(app);
  await server.ask('GET /a%20b?c HTTP/1.1\r\nHost: example.com:8080\r\n\r\n');
  expect(environs[0]).toMatchObject({
    SERVER_NAME: '127.0.0.1',
    SERVER_PORT: String(server.port),
    SERVER_PROTOCOL: 'HTTP/1.1',
    SERVER_SOFTWARE: 'TSGI',
    REMOTE_ADDR: '127.0.0.1',
    REQUEST_METHOD: 'GET',
    SCRIPT_NAME: '',
    PATH_INFO: '/a b',
    QUERY_STRING: 'c',
    REQUEST_URI: '/a%20b?c',
    HTTP_HOST: 'example.com:8080',
    'tsgi.url_scheme': 'http',
    'tsgi.multithread': false,
    'tsgi.multiprocess': false,
    'tsgi.run_once': false,
    'tsgi.concurrent': true,
  });
  expect(environs[0]?.REMOTE_PORT).toMatch(/^\d+$/);
});

// A header of this name moved the root of applications: benoitc/gunicorn#2650.
test('a header that is named as a variable is a header, and its underscore is nobody’s', async () => {
  const { app, environs } = recording();
  await using server = await serving(app);
  const names = ['SCRIPT_NAME', 'Script-Name', 'PATH_INFO', 'REMOTE_ADDR', 'REMOTE-USER', 'HTTPS', 'DOCUMENT_ROOT'];
  await server.ask(`GET /a HTTP/1.1\r\nHost: b\r\n${names.map((name) => `${name}: evil\r\n`).join('')}\r\n`);
  expect(environs[0]).toMatchObject({ SCRIPT_NAME: '', PATH_INFO: '/a', REMOTE_ADDR: '127.0.0.1' });
  const evil = Object.entries(environs[0] ?? {}).filter(([, value]) => value === 'evil');
  expect(evil.map(([name]) => name).toSorted()).toEqual(['HTTP_HTTPS', 'HTTP_REMOTE_USER', 'HTTP_SCRIPT_NAME']);
});

test('an IPv6 server has its name in brackets', async () => {
  const { app, environs } = recording();
  const server = await serve(app, { host: '::1', port: 0 });
  const client = await RawClient.connect({ host: '::1', port: server.port ?? 0 });
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await client.rest();
  client.end();
  await server.close();
  expect(environs[0]).toMatchObject({ SERVER_NAME: '[::1]', REMOTE_ADDR: '::1' });
});

test('over a UNIX socket name and port are those of the Host header, else localhost and 80', async () => {
  const { app, environs } = recording();
  const path = join(tmpdir(), `tsgi-http-${process.pid}.sock`);
  const server = await serve(app, { path, mode: 0o600 });
  expect(server.address).toBe(`http+unix:${path}?mode=600`);
  const client = await RawClient.connect({ path });
  client.send('GET / HTTP/1.1\r\nHost: example.com:81\r\n\r\n');
  client.send('GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n');
  client.send('GET / HTTP/1.1\r\nHost: example.com:\r\n\r\n');
  client.send('GET / HTTP/1.0\r\n\r\n');
  await client.rest();
  client.end();
  await server.close();
  expect(environs.map(({ SERVER_NAME, SERVER_PORT, REMOTE_ADDR }) => [SERVER_NAME, SERVER_PORT, REMOTE_ADDR])).toEqual([
    ['example.com', '81', undefined],
    ['[::1]', '80', undefined],
    ['example.com', '80', undefined],
    ['localhost', '80', undefined],
  ]);
});

test('a mounted application', async () => {
  const { app, environs } = recording();
  await using server = await serving(app, { scriptName: '/app' });
  await server.ask('GET /app/x HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(environs[0]).toMatchObject({ SCRIPT_NAME: '/app', PATH_INFO: '/x' });
});

test('trailers are there once the body is read', async () => {
  const app: App = async (environ, startResponse) => {
    const before = JSON.stringify(environ['http.trailers']);
    await environ['tsgi.input'].read();
    startResponse('200 OK', []);
    return [bytes(`${before} ${JSON.stringify(environ['http.trailers'])}`)];
  };
  await using server = await serving(app);
  const client = await server.connect();
  client.send('POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n');
  await new Promise(setImmediate);
  client.send('1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n');
  expect(await client.rest()).toMatch(/\[\] \[\["X-Sum","1"\]\]$/);
});

test('early hints, on HTTP/1.1 and not on HTTP/1.0', async () => {
  const app: App = (environ, startResponse) => {
    environ['tsgi.early_hints']?.([['Link', '</a.css>; rel=preload']]);
    startResponse('200 OK', []);
    return [bytes(String(typeof environ['tsgi.early_hints']))];
  };
  await using server = await serving(app);
  const responses = await server.ask('GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.0\r\n\r\n');
  expect(responses.map(({ status, body }) => [status, body])).toEqual([
    [103, ''],
    [200, 'function'],
    [200, 'undefined'],
  ]);
  expect(responses[0]?.headers.get('link')).toBe('</a.css>; rel=preload');
});

test('Date and Server of the application stand', async () => {
  const app: App = (_environ, startResponse) => {
    startResponse('200 OK', [
      ['Date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
      ['Server', 'mine'],
    ]);
    return [];
  };
  await using server = await serving(app);
  const client = await server.connect();
  client.send('GET / HTTP/1.0\r\n\r\n');
  const received = await client.rest();
  expect(received.match(/^(?:Date|Server):.*$/gm)).toEqual(['Date: Thu, 01 Jan 1970 00:00:00 GMT', 'Server: mine']);
});

test('makeServer handles one request, then serves for ever until it is closed', async () => {
  const server = makeServer('127.0.0.1', 0, hello);
  await server.listening;
  const ask = async (): Promise<string> => {
    const client = await RawClient.connect({ host: '127.0.0.1', port: server.port ?? 0 });
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const received = await client.until((text) => text.includes('hello'));
    client.destroy();
    return received;
  };
  const [first] = await Promise.all([ask(), server.handleRequest()]);
  expect(first).toContain('Connection: close');
  const forever = server.serveForever();
  expect(await ask()).toContain('hello');
  await server.close();
  await forever;
});
