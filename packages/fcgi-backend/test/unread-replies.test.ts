import { describe, expect, test } from 'vitest';
import { deferred, hello, HELLO, start } from './peer.ts';
import { ABORT, begin, GET_VALUES, pairs, PARAMS, record, request, STDIN } from './records.ts';

const many = (record: Buffer): Buffer =>
  Buffer.concat(Array.from({ length: Math.ceil(100_000 / record.length) }, () => record));
const values = pairs({ FCGI_MAX_CONNS: '', FCGI_MAX_REQS: '', FCGI_MPXS_CONNS: '' });

/** All that a peer can make the server reply to, without an application being asked. */
const PROVOCATIONS: readonly (readonly [string, Buffer, object])[] = [
  ['unknown management records', record(200, 0), {}],
  ['GET_VALUES', record(GET_VALUES, 0, values), {}],
  ['BEGIN_REQUEST of an unknown role', begin(2, 9, 1), {}],
  ['BEGIN_REQUEST beside another one, without multiplex', begin(2, 1, 1), { multiplex: false }],
  ['BEGIN_REQUEST beyond maxActiveRequests', begin(2, 1, 1), { maxActiveRequests: 1 }],
  ['BEGIN_REQUEST and ABORT_REQUEST', Buffer.concat([begin(2, 1, 1), record(ABORT, 2)]), {}],
  ['requests that are refused', Buffer.concat([begin(2, 1, 1), record(PARAMS, 2), record(STDIN, 2)]), {}],
];

describe('a peer that reads no replies is not read either, though a request is active:', () => {
  test.each(PROVOCATIONS)('%s', async (_name, provocation, options) => {
    const gate = deferred();
    const called = deferred();
    const { connect } = await start(
      async (environ, startResponse) => {
        called.resolve();
        await gate.promise;
        return hello(environ, startResponse);
      },
      { port: 0, ...options },
    );
    const peer = await connect();
    peer.send(request({ id: 1 }));
    await called.promise;
    peer.socket.pause();
    const batch = many(provocation);
    let sent = 0;
    const more = (): void => {
      while (sent < 60_000_000 && peer.socket.write(batch)) sent += batch.length;
    };
    peer.socket.on('drain', more);
    more();
    // Until it is stuck: nothing is taken off it for a second.
    let before = -1;
    const taken = (): number => peer.socket.bytesWritten - peer.socket.writableLength;
    await expect.poll(() => before === (before = taken()), { interval: 1000, timeout: 60_000 }).toBe(true);
    // What the kernel's four buffers hold, and the bound.
    expect(taken()).toBeLessThan(30_000_000);
    peer.socket.off('drain', more);
    gate.resolve();
    // Once it reads, it is served on.
    peer.socket.resume();
    await peer.end(1);
    expect(peer.stdout(1)).toBe(HELLO);
  });
});
