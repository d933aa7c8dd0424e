import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startHaproxy } from './servers/haproxy.ts';
import { Cleanup, openFolder } from './servers/process.ts';
import { startTsgi } from './servers/tsgi.ts';

/**
 * HAProxy 2.6 dies of STDERR records without padding, and of ones that are longer than its buffer: of any line of 8·n bytes. A
 * dead one refuses the next connection.
 */
describe.each(['no option keep-conn', 'option keep-conn', 'option keep-conn\n  option mpxs-conns'])(
  'HAProxy, %s, reads what an application logs',
  (application) => {
    const cleanup = new Cleanup();
    let url: string;

    beforeAll(async () => {
      const socket = join(openFolder(cleanup), 'app.sock');
      const args = ['serve', 'e2e/hazards.js', '--bind', `fcgi+unix:${socket}`, '--script-name', ''];
      await startTsgi(cleanup, inject('staged'), args, socket);
      url = await startHaproxy(cleanup, socket, application);
    });
    afterAll(() => cleanup.run());

    async function log(...bytes: number[]): Promise<void> {
      const response = await fetch(`${url}/log?${bytes.map((count) => `bytes=${count}`).join('&')}`);
      expect([response.status, await response.text()]).toEqual([200, 'logged']);
    }

    test.each([1, 2, 3])('round %i: lines of 8·n bytes, alone and many at a time', async () => {
      for (let count = 8; count <= 512; count += 8) await log(count);
      for (let count = 8; count <= 128; count += 8) await log(...Array.from({ length: 8 }, () => count));
      await Promise.all(Array.from({ length: 40 }, (_, index) => log(8 * (index + 1), 16, 8 * (index + 1))));
    });

    test.each([1, 2, 3])('round %i: lines longer than its buffer', async () => {
      for (const count of [8_184, 8_192, 8_200, 15_360, 16_384, 32_768, 65_528, 65_536, 200_000]) await log(count, 8);
      await Promise.all(Array.from({ length: 20 }, () => log(40_000, 8, 16_384)));
    });
  },
);
