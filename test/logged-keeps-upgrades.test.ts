import { once } from 'node:events';
import { connect } from 'node:net';
import type { App } from '@tsgi/core';
import { serve, type Upgrade } from '@tsgi/http-backend';
import { expect, it, onTestFinished } from 'vitest';
import { logged } from '../examples/middleware.js';

/** Takes every connection over that asks for it, and says one line. */
const upgrading: App = (environ, startResponse) => {
  const upgrade = environ['tsgi.upgrade'] as Upgrade | undefined;
  if (upgrade === undefined) {
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return [Buffer.from('no upgrade')];
  }
  return upgrade(environ, startResponse, (_request, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\ntaken over');
  });
};

it('the logging middleware of the examples lets upgrades through', async () => {
  let log = '';
  const server = await serve(logged(upgrading), { port: 0, errors: (text) => void (log += text) });
  onTestFinished(() => server.close({ grace: 0 }));
  const socket = connect(Number(new URL(server.address).port), '127.0.0.1');
  socket.write('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  let answer = '';
  socket.on('data', (bytes) => (answer += String(bytes)));
  await once(socket, 'close');
  expect(answer).toMatch(/^HTTP\/1\.1 101 [^]*taken over$/);
  await expect.poll(() => log, { timeout: 15_000 }).toMatch(/^GET \/ws /);
});
