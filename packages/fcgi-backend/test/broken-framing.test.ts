import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HELLO, hello, start } from './peer.ts';
import { begin, pairs, PARAMS, record, request, STDIN } from './records.ts';

describe('broken framing: the connection is closed, the reason logged, the server lives on', () => {
  test.each([
    [
      'an HTTP request',
      Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      /found FastCGI version 71 .*; "G" may be the first letter of an HTTP request/,
    ],
    [
      'an SCGI request',
      Buffer.from('24:CONTENT_LENGTH'),
      /version 50 .*; "2" may be the first digit of an SCGI request/,
    ],
    ['id 0', record(STDIN, 0, 'x'), /request id 0/],
    [
      'a pair past the end',
      Buffer.concat([begin(1), record(PARAMS, 1, '\x09\x09ab'), record(PARAMS, 1)]),
      /pair at byte 0/,
    ],
    ['BEGIN_REQUEST of 3 bytes', record(1, 1, 'abc'), /BEGIN_REQUEST with 3 bytes/],
    ['BEGIN_REQUEST on an active id', Buffer.concat([begin(5), begin(5)]), /request id 5, which is active/],
  ])('%s', async (_name, bytes, reason) => {
    const { connect, log } = await start(hello);
    const peer = await connect();
    peer.send(bytes);
    await peer.ended;
    expect(peer.events()).toEqual([]);
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(/^fcgi: connection closed: R95: .*\n$/);
    expect(log[0]).toMatch(reason);
    const next = await connect();
    next.send(request());
    await next.end();
    expect(next.stdout()).toBe(HELLO);
  });

  test('a good request before it, in the same packet, is still answered', async () => {
    const { connect } = await start(hello);
    const peer = await connect();
    peer.send(request(), Buffer.from('garbage!'));
    await peer.ended;
    expect(peer.stdout()).toBe(HELLO);
  });

  test('an application that runs meanwhile is told', async () => {
    const seen: unknown[] = [];
    const { connect } = await start(async (environ, startResponse) => {
      await environ['tsgi.input'].read().catch((error: unknown) => seen.push(error));
      seen.push(environ['tsgi.signal'].aborted);
      startResponse('200 OK', []);
      return [];
    });
    const peer = await connect();
    peer.send(
      begin(1, 1, 1),
      record(PARAMS, 1, pairs({ REQUEST_METHOD: 'POST', REQUEST_URI: '/' })),
      record(PARAMS, 1),
    );
    peer.send(record(STDIN, 1, 'abc'), Buffer.from('garbage!'));
    await peer.ended;
    await expect.poll(() => seen, { timeout: 15_000 }).toEqual([expect.objectContaining({ name: 'AbortError' }), true]);
  });

  test('arbitrary bytes never end the server', async () => {
    const { connect } = await start(hello);
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc
        .array(
          fc
            .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 3 }), fc.uint8Array({ maxLength: 16 }))
            .map(([type, id, content]) => record(type, id, content)),
          { maxLength: 6 },
        )
        .map((records) => Buffer.concat(records)),
    );
    await fc.assert(
      fc.asyncProperty(garbage, async (bytes) => {
        const peer = await connect();
        peer.send(bytes);
        peer.socket.end();
        await peer.ended;
      }),
      { numRuns: 100 },
    );
    const peer = await connect();
    peer.send(request());
    await peer.end();
  });
});
