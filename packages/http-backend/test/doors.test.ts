import { expect, test } from 'vitest';
import { httpBackend, makeServer, serve } from '../src/index.ts';

test.each([undefined, null, {}])('%s is no application, and is said so at once', async (app) => {
  await expect(serve(app as never, { port: 0 })).rejects.toThrow(TypeError);
  await expect(httpBackend.serve(app as never, { port: 0 })).rejects.toThrow('R1: an application is a function');
  expect(() => makeServer('127.0.0.1', 0, app as never)).toThrow('R1: an application is a function');
});
