import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { battery } from './battery.ts';
import { Cleanup, openFolder } from './servers/process.ts';
import { type Nginx, startNginx } from './servers/nginx.ts';
import { startTsgi } from './servers/tsgi.ts';

const SPLIT = 'fastcgi_param SCRIPT_NAME ""; fastcgi_param PATH_INFO $fastcgi_script_name;';

describe.each([
  { name: 'kept connections', http: 'keepalive 8;', location: 'fastcgi_keep_conn on;' },
  { name: 'a connection each', http: '', location: '' },
  {
    name: 'bodies passed on unbuffered',
    http: 'keepalive 8;',
    location: 'fastcgi_keep_conn on; fastcgi_request_buffering off;',
  },
])('nginx fastcgi_pass, $name', ({ http, location }) => {
  const cleanup = new Cleanup();
  let nginx: Nginx;

  beforeAll(async () => {
    const socket = join(openFolder(cleanup), 'app.sock');
    await startTsgi(cleanup, inject('staged'), ['serve', 'e2e/app.js', '--bind', `fcgi+unix:${socket}`], socket);
    nginx = await startNginx(cleanup, {
      http: `upstream app { server unix:${socket}; ${http} }`,
      location: `include /etc/nginx/fastcgi_params; ${SPLIT} ${location} fastcgi_pass app;`,
    });
  });
  afterAll(() => cleanup.run());

  battery(() => nginx.url, { bodyComesFirst: true });

  it('nginx has nothing to complain of', async () => {
    await fetch(`${nginx.url}/environ`);
    expect(nginx.errorLog()).not.toMatch(/\[(alert|crit|emerg)\]/);
  });
});

describe('nginx with the parameters that it ships', () => {
  const cleanup = new Cleanup();
  let nginx: Nginx;

  beforeAll(async () => {
    const socket = join(openFolder(cleanup), 'app.sock');
    const args = ['serve', 'e2e/app.js', '--bind', `fcgi+unix:${socket}`, '--script-name', ''];
    await startTsgi(cleanup, inject('staged'), args, socket);
    nginx = await startNginx(cleanup, { location: `include /etc/nginx/fastcgi_params; fastcgi_pass unix:${socket};` });
  });
  afterAll(() => cleanup.run());

  // SCRIPT_NAME comes as the whole path: --script-name '' cuts the path anew, from REQUEST_URI.
  battery(() => nginx.url, { bodyComesFirst: true });
});
