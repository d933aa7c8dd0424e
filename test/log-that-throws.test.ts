import { connect } from 'node:net';
import type { App, RunningServer } from '@tsgi/core';
import { callApp } from '@tsgi/core/testing';
import { gateway as fcgi, serve as serveFcgi } from '@tsgi/fcgi-backend';
import { serve as serveHttp } from '@tsgi/http-backend';
import { gateway as scgi, serve as serveScgi } from '@tsgi/scgi-backend';
import { describe, expect, onTestFinished, test } from 'vitest';

/** Logs, and then fails with a log entry of the run loop's or answers. */
const app: App = (environ, startResponse) => {
  environ['tsgi.errors'].write('a line\n');
  if (environ.PATH_INFO === '/fail') throw new Error('of the application');
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('still here')];
};

const get = async (url: string): Promise<string> => (await fetch(url)).text();

async function over(
  wire: string,
  errors: (text: string) => void,
): Promise<[RunningServer, (path: string) => Promise<string>]> {
  if (wire === 'http') {
    const server = await serveHttp(app, { port: 0, errors });
    return [server, (path) => get(`${server.address}${path}`)];
  }
  const server = await (wire === 'fcgi' ? serveFcgi : serveScgi)(app, { port: 0, errors });
  const forward = (wire === 'fcgi' ? fcgi : scgi)({ address: server.address });
  return [server, async (path) => (await callApp(forward, { target: path })).text];
}

describe.each(['http', 'fcgi', 'scgi'])('over %s', (wire) => {
  test.each([
    [
      'throws',
      (): void => {
        throw new Error('the disk is full');
      },
    ],
    ['rejects', (): void => Promise.reject(new Error('the disk is full')) as unknown as void],
  ])('an option errors that %s reaches no request', async (_how, errors) => {
    const [server, ask] = await over(wire, errors);
    onTestFinished(() => server.close({ grace: 0 }));
    expect(await ask('/')).toBe('still here');
    expect(await ask('/fail')).toMatch(/^500 /);
    // Refused, each in its way, and with an entry of the server's own where it makes one.
    const socket = connect({ host: '127.0.0.1', port: server.port ?? 0 });
    socket.on('error', () => {});
    socket.write('\u0000\u0000 nothing that any wire speaks \r\n\r\n');
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(await ask('/')).toBe('still here');
  });
});
