import { afterAll, beforeAll, describe, inject } from 'vitest';
import { battery } from './battery.ts';
import { Cleanup, freePort } from './servers/process.ts';
import { startNginx } from './servers/nginx.ts';
import { startTsgi } from './servers/tsgi.ts';

describe('HTTP, without a front end', () => {
  const cleanup = new Cleanup();
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    await startTsgi(cleanup, inject('staged'), ['serve', 'e2e/app.js', '--bind', `127.0.0.1:${port}`]);
    url = `http://127.0.0.1:${port}`;
  });
  afterAll(() => cleanup.run());

  battery(() => url);
});

describe('HTTP behind nginx proxy_pass', () => {
  const cleanup = new Cleanup();
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    await startTsgi(cleanup, inject('staged'), ['serve', 'e2e/app.js', '--bind', `127.0.0.1:${port}`]);
    const nginx = await startNginx(cleanup, {
      location: `proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://127.0.0.1:${port};`,
    });
    url = nginx.url;
  });
  afterAll(() => cleanup.run());

  battery(() => url);
});
