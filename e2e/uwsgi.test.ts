import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { battery } from './battery.ts';
import { startApache } from './servers/apache.ts';
import { startNginx } from './servers/nginx.ts';
import { Cleanup, freePort, openFolder, start, until } from './servers/process.ts';
import { startTsgi } from './servers/tsgi.ts';

// A wire of somebody else's: examples/uwsgi-backend, which the command finds by --plugins.
const plugin = (): string[] => ['--plugins', join(inject('staged'), 'examples/uwsgi-backend/dist/index.js')];

describe('nginx uwsgi_pass', () => {
  const cleanup = new Cleanup();
  let url: string;

  beforeAll(async () => {
    const socket = join(openFolder(cleanup), 'app.sock');
    const args = ['serve', 'e2e/app.js', '--bind', `uwsgi+unix:${socket}`, ...plugin()];
    await startTsgi(cleanup, inject('staged'), args, socket);
    ({ url } = await startNginx(cleanup, {
      location: `include /etc/nginx/uwsgi_params; uwsgi_pass unix:${socket};`,
    }));
  });
  afterAll(() => cleanup.run());

  battery(() => url, { bodyComesFirst: true });
});

describe('Apache mod_proxy_uwsgi', () => {
  const cleanup = new Cleanup();
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    const bind = `uwsgi://127.0.0.1:${port}`;
    await startTsgi(cleanup, inject('staged'), [
      'serve',
      'e2e/app.js',
      '--bind',
      bind,
      '--script-name',
      '',
      ...plugin(),
    ]);
    url = await startApache(cleanup, ['proxy', 'proxy_uwsgi'], () => `ProxyPass / ${bind}/`);
  });
  afterAll(() => cleanup.run());

  battery(() => url, { hidesTruncation: true, joinsCookies: ', ', bodyComesFirst: true });
});

describe('tsgi gateway in front of uWSGI', () => {
  const cleanup = new Cleanup();
  let url: string;

  beforeAll(async () => {
    const folder = openFolder(cleanup);
    const socket = join(folder, 'app.sock');
    writeFileSync(
      join(folder, 'app.py'),
      `def application(environ, start_response):
    body = environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))
    start_response('207 Odd', [('Content-Type', 'text/plain'), ('Set-Cookie', 'a=1'), ('Set-Cookie', 'b=2')])
    return [environ['REQUEST_METHOD'].encode(), b' ', environ['PATH_INFO'].encode('latin1'), b' ', str(len(body)).encode()]
`,
    );
    const args = [
      '--plugin',
      'python3',
      '--socket',
      socket,
      '--chmod-socket=666',
      '--wsgi-file',
      join(folder, 'app.py'),
    ];
    const running = start(cleanup, 'uwsgi', [...args, '--die-on-term', '--need-app', '--processes', '2']);
    await until(
      () => existsSync(socket),
      () => `uwsgi: ${running.output()}`,
    );
    chmodSync(socket, 0o666);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const gateway = ['gateway', '--to', `uwsgi+unix:${socket}`, '--bind', `127.0.0.1:${port}`, ...plugin()];
    await startTsgi(cleanup, inject('staged'), gateway);
    await until(
      () => running.output().includes('spawned uWSGI worker 2'),
      () => `uwsgi: ${running.output()}`,
    );
  });
  afterAll(() => cleanup.run());

  it('passes path, body, status, reason and repeated headers', async () => {
    const answer = await fetch(`${url}/a%20b`, { method: 'POST', body: 'x'.repeat(300_000) });
    expect(answer.status).toBe(207);
    expect(answer.statusText).toBe('Odd');
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await answer.text()).toBe('POST /a b 300000');
  });

  it('answers HEAD without a body', async () => {
    const answer = await fetch(url, { method: 'HEAD' });
    expect(answer.status).toBe(207);
    expect(await answer.text()).toBe('');
  });
});
