import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { battery } from './battery.ts';
import { Cleanup, openFolder } from './servers/process.ts';
import { type Nginx, startNginx } from './servers/nginx.ts';
import { startTsgi } from './servers/tsgi.ts';

const SPLIT = 'fastcgi_param SCRIPT_NAME ""; fastcgi_param PATH_INFO $fastcgi_script_name;';

describe('nginx fastcgi_pass, bodies passed on unbuffered', () => {
  const cleanup = new Cleanup();
  let nginx: Nginx;

  beforeAll(async () => {
    const socket = join(openFolder(cleanup), 'app.sock');
    await startTsgi(cleanup, inject('staged'), ['serve', 'e2e/app.js', '--bind', `fcgi+unix:${socket}`], socket);
    nginx = await startNginx(cleanup, {
      http: `upstream app { server unix:${socket}; keepalive 8; }`,
      location: `include /etc/nginx/fastcgi_params; ${SPLIT} fastcgi_keep_conn on; fastcgi_request_buffering off; fastcgi_pass app;`,
    });
  });
  afterAll(() => cleanup.run());

  battery(() => nginx.url, { bodyComesFirst: true });

  it('nginx has nothing to complain of', async () => {
    await fetch(`${nginx.url}/environ`);
    expect(nginx.errorLog()).not.toMatch(/\[(alert|crit|emerg)\]/);
  });
});
