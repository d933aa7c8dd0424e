import type { RunningServer } from '@tsgi/core';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serve } from '../src/index.ts';
import { connectToServer, exchange, header, outcome, requestHeader, socketPath } from './wire.ts';

describe.each([
  ['TCP', () => ({ port: 0 })],
  ['a UNIX socket', () => ({ path: socketPath() })],
])('over %s, the server outlives', (_, where) => {
  let server: RunningServer;
  let log = '';
  let calls = 0;

  beforeEach(async () => {
    log = '';
    calls = 0;
    server = await serve(
      (_environ, startResponse) => {
        calls++;
        startResponse('200 OK', []);
        return [new TextEncoder().encode('fine')];
      },
      {
        ...where(),
        errors: (text) => {
          log += text;
        },
      },
    );
  });
  afterEach(() => server.close({ grace: 0 }));

  async function stillServes(): Promise<void> {
    expect((await exchange(server, requestHeader(0))).text).toMatch(/^Status: 200 OK\r\n[^]*fine$/);
  }

  it.each([
    ['a bad CONTENT_LENGTH', header('CONTENT_LENGTH', 'five', 'SCGI', '1', 'REQUEST_METHOD', 'GET'), 400],
    ['no SCGI', header('CONTENT_LENGTH', '0', 'REQUEST_METHOD', 'GET'), 400],
    ['no method', header('CONTENT_LENGTH', '0', 'SCGI', '1'), 400],
    ['a method that is no token', requestHeader(0, { REQUEST_METHOD: 'G T' }), 400],
    ['a protocol that is none', requestHeader(0, { SERVER_PROTOCOL: 'FTP/1' }), 400],
    ['too many pairs', header(...Array.from({ length: 2004 }, (_n, n) => `N${n}`)), 431],
    ['a block beyond 128 KiB', '200000:', 431],
  ])('%s, which gets a refusal in CGI form', async (_name, bytes, status) => {
    const { text, error } = await exchange(server, bytes);
    expect(text).toMatch(new RegExp(`^Status: ${status} [^\\r\\n]+\r\n[^]*\r\n\r\n${status} [^\\r\\n]+\n$`));
    expect(error).toBeUndefined();
    expect(log).toMatch(/^scgi: request refused: .+\n$/);
    expect(calls).toBe(0);
    await stillServes();
  });

  it.each([
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n'],
    ['a leading zero', `0${requestHeader(0)}`],
    ['no comma', `${requestHeader(0).slice(0, -1)};`],
  ])('%s, on which it closes without an answer', async (_name, bytes) => {
    expect((await exchange(server, bytes)).text).toBe('');
    expect(log).toMatch(/^scgi: request refused: R97: .+\n$/);
    expect(calls).toBe(0);
    await stillServes();
  });

  it('a header that ends early, which is logged, and a probe that sends nothing, which is not', async () => {
    const half = connectToServer(server);
    half.end(requestHeader(0).slice(0, 30), 'latin1');
    expect((await outcome(half)).text).toBe('');
    expect(log).toContain('ended inside the SCGI header');
    log = '';
    const probe = connectToServer(server);
    probe.end();
    await outcome(probe);
    expect(log).toBe('');
    await stillServes();
  });

  it('a name that would forge a line of the log', async () => {
    await exchange(server, header('CONTENT_LENGTH', '0', 'SCGI', '1', 'A\nforged\x1b[2J', '', 'A\nforged\x1b[2J', ''));
    expect(log.split('\n')).toHaveLength(2);
    expect(log).not.toContain('\x1b');
  });

  it('any bytes at all', async () => {
    const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    const framed = noise.map((text) => `${text.length}:${text},`);
    const pair = fc.tuple(fc.constantFrom('SCGI', 'CONTENT_LENGTH', 'REQUEST_METHOD', 'PATH_INFO', 'HTTPS'), noise);
    const paired = fc
      .array(pair, { maxLength: 5 })
      .map((pairs) => header('CONTENT_LENGTH', '0', 'SCGI', '1', ...pairs.flat()));
    await fc.assert(
      fc.asyncProperty(fc.oneof(noise, framed, paired), async (bytes) => {
        const socket = connectToServer(server);
        socket.end(bytes, 'latin1');
        expect((await outcome(socket)).text).toMatch(/^(Status: \d{3} |$)/);
      }),
      { numRuns: 150 },
    );
    await stillServes();
  });
});
