import { join } from 'node:path';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { battery } from './battery.ts';
import { Cleanup, openFolder } from './servers/process.ts';
import { type Nginx, startNginx } from './servers/nginx.ts';
import { startTsgi } from './servers/tsgi.ts';

describe('nginx scgi_pass', () => {
  const cleanup = new Cleanup();
  let nginx: Nginx;

  beforeAll(async () => {
    const socket = join(openFolder(cleanup), 'app.sock');
    await startTsgi(cleanup, inject('staged'), ['serve', 'e2e/app.js', '--bind', `scgi+unix:${socket}`], socket);
    nginx = await startNginx(cleanup, { location: `include /etc/nginx/scgi_params; scgi_pass unix:${socket};` });
  });
  afterAll(() => cleanup.run());

  battery(() => nginx.url, { bodyComesFirst: true });
});
