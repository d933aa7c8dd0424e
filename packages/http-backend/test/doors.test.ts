import { expect, test } from 'vitest';
import { httpBackend, makeServer, serve } from '../src/index.ts';
import { RawClient } from './support/raw-client.ts';
import { parseResponses } from './support/responses.ts';
import { hello } from './support/serving.ts';

test.each([undefined, null, {}])('%s is no application, and is said so at once', async (app) => {
  await expect(serve(app as never, { port: 0 })).rejects.toThrow(TypeError);
  await expect(httpBackend.serve(app as never, { port: 0 })).rejects.toThrow('R1: an application is a function');
  expect(() => makeServer('127.0.0.1', 0, app as never)).toThrow('R1: an application is a function');
});

test('of a fetch application it is said what makes one of it', async () => {
  const app = { fetch: () => new Response('hello') };
  await expect(serve(app as never, { port: 0 })).rejects.toThrow(
    'found object with fetch; fromFetch of @tsgi/adapters/fetch makes an application of it',
  );
});

test.each([
  ['before it is called', true],
  ['after it is called', false],
])('handleRequest answers one request, and says that it is the last, when they come %s', async (_when, early) => {
  const server = makeServer('127.0.0.1', 0, hello);
  await server.listening;
  const client = await RawClient.connect({ host: '127.0.0.1', port: server.port ?? 0 });
  const send = (): void => {
    for (const path of ['/1', '/2']) client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    client.end();
  };
  if (early) {
    send();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const handled = server.handleRequest();
  if (!early) send();
  const responses = parseResponses(await client.rest());
  expect(responses).toMatchObject([{ status: 200, body: 'hello' }]);
  expect(responses[0]?.headers.get('connection')).toBe('close');
  await handled;
  await server.close({ grace: 0 });
});
