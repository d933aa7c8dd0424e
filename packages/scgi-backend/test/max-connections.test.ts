import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { serve } from '../src/index.ts';
import { connectToServer, exchange, requestHeader, socketPath } from './wire.ts';

test.each([
  ['TCP', () => ({ port: 0 })],
  ['a UNIX socket', () => ({ path: socketPath() })],
])(
  'over %s, connections beyond maxConnections are closed at once, and room is made by each that ends',
  async (_, where) => {
    const server = await serve(
      (_environ, startResponse) => {
        startResponse('200 OK', []);
        return [Buffer.from('served')];
      },
      { ...where(), maxConnections: 2 },
    );
    onTestFinished(() => server.close({ grace: 0 }));
    const first = connectToServer(server);
    const second = connectToServer(server);
    await Promise.all([once(first, 'connect'), once(second, 'connect')]);
    // Both are accepted: a byte of each has been read.
    first.write('1');
    second.write('1');
    await expect.poll(async () => (await exchange(server, requestHeader(0)).catch(() => ({ text: '' }))).text).toBe('');
    first.destroy();
    await expect.poll(async () => (await exchange(server, requestHeader(0))).text).toMatch(/\r\n\r\nserved$/);
    second.destroy();
  },
);
