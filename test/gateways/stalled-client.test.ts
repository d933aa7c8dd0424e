import { connect } from 'node:net';
import { serve } from '@tsgi/http-backend';
import type { App } from '@tsgi/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { gatewayToApp } from './behind.ts';

const CHUNK = new Uint8Array(65_536);

describe.each(['fcgi', 'scgi'] as const)('%s', (wire) => {
  it('a client that stops reading stops the application, again each time, and gets all in the end', async () => {
    let made = 0;
    const endless: App = (_environ, startResponse) => {
      startResponse('200 OK', [['Content-Type', 'application/octet-stream']]);
      return {
        async *[Symbol.asyncIterator]() {
          for (let index = 0; index < 2000; index++) {
            made++;
            yield CHUNK;
          }
        },
      };
    };
    const server = await serve(await gatewayToApp(wire, endless), { port: 0, errors: () => {} });
    onTestFinished(() => void server.close({ grace: 1 }));
    const client = connect(Number(server.port), '127.0.0.1');
    onTestFinished(() => void client.destroy());
    const ended = new Promise((resolve) => client.once('end', resolve));
    let received = 0;
    client.on('data', (chunk) => {
      received += chunk.length;
      // Twice in between, the client takes nothing for a while.
      if (received > limit) client.pause();
    });
    let limit = 1_000_000;
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    for (let pause = 0; pause < 2; pause++) {
      await standsStill(() => made);
      expect(received).toBeGreaterThan(limit);
      // What the system and both ends hold between them is much less than what there is.
      expect(made * CHUNK.byteLength).toBeLessThan(limit + 60_000_000);
      limit += 30_000_000;
      client.resume();
    }
    limit = Infinity;
    await ended;
    expect(received).toBeGreaterThan(2000 * CHUNK.byteLength);
  });
});

/** Resolves when a count has not changed for a while, and is no longer 0. */
async function standsStill(count: () => number): Promise<void> {
  for (let last = -1, same = 0; same < 10;) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    same = count() === last && last > 0 ? same + 1 : 0;
    last = count();
  }
}
