import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { battery } from './battery.ts';
import { startHaproxy } from './servers/haproxy.ts';
import { Cleanup, openFolder } from './servers/process.ts';
import { startTsgi } from './servers/tsgi.ts';

describe.each([
  { name: 'one request a connection', application: 'no option keep-conn' },
  { name: 'kept connections', application: 'option keep-conn' },
  { name: 'multiplexed', application: 'option keep-conn\n  option mpxs-conns\n  option get-values' },
])('HAProxy fcgi-app, $name', ({ application }) => {
  const cleanup = new Cleanup();
  let url: string;

  beforeAll(async () => {
    const socket = join(openFolder(cleanup), 'app.sock');
    const args = ['serve', 'e2e/app.js', '--bind', `fcgi+unix:${socket}`, '--script-name', ''];
    await startTsgi(cleanup, inject('staged'), args, socket);
    url = await startHaproxy(cleanup, socket, application);
  });
  afterAll(() => cleanup.run());

  battery(() => url);
});
