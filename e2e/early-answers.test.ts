import { afterAll, describe, expect, inject, test } from 'vitest';
import { startApache } from './servers/apache.ts';
import { startCaddy } from './servers/caddy.ts';
import { Cleanup, freePort } from './servers/process.ts';
import { startTsgi } from './servers/tsgi.ts';

// These send the whole body before they read the answer: a server that closes before is a gateway error to their client.
describe.each([
  ['Caddy', 'fcgi', (cleanup: Cleanup, port: number) => startCaddy(cleanup, `127.0.0.1:${port}`)],
  [
    'Apache mod_proxy_fcgi',
    'fcgi',
    (cleanup: Cleanup, port: number) =>
      startApache(cleanup, ['proxy', 'proxy_fcgi'], () => `ProxyPass / fcgi://127.0.0.1:${port}/`),
  ],
  [
    'Apache mod_proxy_scgi',
    'scgi',
    (cleanup: Cleanup, port: number) =>
      startApache(cleanup, ['proxy', 'proxy_scgi'], () => `ProxyPass / scgi://127.0.0.1:${port}/`),
  ],
])('%s: an answer that comes before the body was read gets through', (_name, wire, front) => {
  const cleanup = new Cleanup();
  afterAll(() => cleanup.run());

  test('of bodies of any length', async () => {
    const port = await freePort();
    const args = ['serve', 'e2e/app.js', '--bind', `${wire}://127.0.0.1:${port}`, '--script-name', '/'];
    await startTsgi(cleanup, inject('staged'), args);
    const url = await front(cleanup, port);
    for (const size of [100_000, 3_000_000, 40_000_000, 120_000_000]) {
      const response = await fetch(`${url}/`, { method: 'POST', body: new Uint8Array(size) });
      expect([size, response.status, await response.text()]).toEqual([size, 200, expect.stringContaining('Hello')]);
    }
  });
});
