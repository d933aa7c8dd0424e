import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { serve } from '../src/index.ts';
import { RawClient } from './support/raw-client.ts';
import { parseResponses } from './support/responses.ts';

const failing: App = () => {
  throw new Error('as it happens');
};
const writing: App = (environ, startResponse) => {
  environ['tsgi.errors'].write('a line\n');
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [new TextEncoder().encode('hello')];
};

test.each([
  ['of an application that fails', failing, 500],
  ['of an application that writes to it', writing, 200],
])(
  'nothing about the log reaches a request: the errors function throws in the middle %s',
  async (_name, app, status) => {
    const server = await serve(app, {
      port: 0,
      errors() {
        throw new Error('no space left on device');
      },
    });
    // Twice: the server lives on.
    for (let time = 0; time < 2; time++) {
      const client = await RawClient.connect({ host: '127.0.0.1', port: server.port ?? 0 });
      client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
      expect(parseResponses(await client.rest())).toMatchObject([{ status, complete: true }]);
      client.destroy();
    }
    await server.close({ grace: 0 });
  },
);
