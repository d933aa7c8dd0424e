import { type App, byteStringToBytes } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { gateway, serve } from '../src/index.ts';

const app: App = async (environ, startResponse) => {
  const body = await environ['tsgi.input'].read();
  startResponse('201 Made', [
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
  ]);
  return [byteStringToBytes(`${environ.REQUEST_METHOD} ${environ.PATH_INFO} ${environ.HTTP_X ?? ''} `), body];
};

async function through(behind: App): Promise<App> {
  const server = await serve(behind, { port: 0, errors: () => {} });
  onTestFinished(() => server.close({ grace: 0 }));
  return gateway({ address: server.address });
}

it('gives what the application behind it answers', async () => {
  const answer = await callApp(await through(app), {
    method: 'POST',
    target: '/a%20b',
    headers: [['X', 'y']],
    body: 'hello',
  });
  expect(answer).toMatchObject({ status: '201 Made', text: 'POST /a b y hello', complete: true });
  expect(answer.headers.filter(([name]) => name === 'Set-Cookie')).toHaveLength(2);
});

it('cuts an answer that breaks off', async () => {
  const answer = await callApp(
    await through((_environ, startResponse) => {
      startResponse('200 OK', []);
      return (function* body() {
        yield byteStringToBytes('half');
        throw new Error('no more');
      })();
    }),
  );
  expect(answer).toMatchObject({ text: 'half', complete: false });
});

it('answers 502 to what does not speak uwsgi', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).end('220 mail.example ESMTP\r\n\r\n')).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  expect((await callApp(gateway({ address: `127.0.0.1:${port}` }))).status).toMatch(/^502 /);
});

it('refuses more variables than the wire can carry', async () => {
  const headers = Array.from({ length: 9 }, (_, index): [string, string] => [`X-${index}`, 'x'.repeat(8000)]);
  expect((await callApp(await through(app), { headers })).status).toMatch(/^431 /);
});
