import { connect } from 'node:http2';
import { expect, test } from 'vitest';
import { TsgiError } from '@tsgi/core';
import { createErrorStream } from '@tsgi/core/server';
import { serve } from '../src/index.ts';
import { internalError } from '../src/server/internal-error.ts';
import { hello } from './support/serving.ts';

test('a log that throws ends neither the answer nor the session', async () => {
  const server = await serve(
    (environ, startResponse) => {
      if (environ.PATH_INFO !== '/fails') return hello(environ, startResponse);
      throw new Error('on purpose');
    },
    {
      port: 0,
      h2c: true,
      errors() {
        throw new Error('the log is full');
      },
    },
  );
  const session = connect(`http://127.0.0.1:${server.port}`);
  const ask = (path: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':path': path });
      stream.on('response', (headers) => resolve(headers[':status']));
      stream.on('error', reject);
      stream.resume();
    });
  expect([await ask('/fails'), await ask('/'), await ask('/fails')]).toEqual([500, 200, 500]);
  session.destroy();
  await server.close({ grace: 0 });
});

test('a fault of the server is logged whole, and its client hears nothing of it (R78)', () => {
  const log: string[] = [];
  const errors = createErrorStream((text) => log.push(text));
  const told = internalError(new TypeError('EMFILE: /etc/secret'), errors);
  expect(told).toMatchObject({ statusHint: 500 });
  expect(told.message).not.toMatch(/EMFILE|secret/);
  expect(log.join('')).toMatch(/EMFILE: \/etc\/secret[^]*faults-and-logs/);
  const peer = new TsgiError('bad', { code: 'BAD_REQUEST', side: 'peer' });
  expect(internalError(peer, errors)).toBe(peer);
  expect(log).toHaveLength(1);
  const broken = createErrorStream(() => {
    throw new Error('the log is full');
  });
  expect(internalError(new Error('x'), broken)).toMatchObject({ statusHint: 500 });
});
