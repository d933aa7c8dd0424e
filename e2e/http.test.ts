import { afterAll, beforeAll, describe, inject } from 'vitest';
import { battery } from './battery.ts';
import { Cleanup, freePort } from './servers/process.ts';
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
