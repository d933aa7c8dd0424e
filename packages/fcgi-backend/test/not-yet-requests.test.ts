import { describe, expect, test } from 'vitest';
import { heldBytes } from './garbage.ts';
import { deferred, hello, HELLO, recording, start } from './peer.ts';
import { ABORT, begin, pairs, PARAMS, record, request } from './records.ts';

const OVERLOADED = 2;
const ends = (events: readonly (readonly unknown[])[]): unknown[] => events.filter((event) => event[0] === 'end');

describe('a BEGIN_REQUEST whose PARAMS do not end', () => {
  test('refuses nobody else: it is not yet a request', async () => {
    const { connect } = await start(hello);
    const flood = await connect();
    for (let id = 1; id <= 1000; id++) flood.send(begin(id, 1, 1));
    // The thousand and first, on the same connection, shows that all of them are there.
    flood.send(begin(1001, 1, 1));
    expect(ends(await flood.end(1001))).toEqual([['end', 1001, 0, OVERLOADED]]);
    for (let round = 0; round < 5; round++) {
      const peer = await connect();
      peer.send(request());
      await peer.end();
      expect(peer.stdout()).toBe(HELLO);
    }
  });

  test('counts for the server once they have, and then what is too much is refused', async () => {
    const gate = deferred();
    const { app, environs } = recording(async (environ, startResponse) => {
      await gate.promise;
      return hello(environ, startResponse);
    });
    const { connect } = await start(app, { maxActiveRequests: 2 });
    const [one, other] = [await connect(), await connect()];
    one.send(begin(1, 1, 1), begin(2, 1, 1));
    other.send(begin(1, 1, 1), begin(2, 1, 1), record(9, 0));
    await other.until((events) => events.length === 1);
    const params = pairs({ REQUEST_METHOD: 'GET' });
    one.send(record(PARAMS, 1, params), record(PARAMS, 1), record(PARAMS, 2, params), record(PARAMS, 2));
    await expect.poll(() => environs, { timeout: 15_000 }).toHaveLength(2);
    other.send(record(PARAMS, 2, params), record(PARAMS, 2));
    expect(ends(await other.end(2))).toEqual([['end', 2, 0, OVERLOADED]]);
    gate.resolve();
    await one.end(1);
    await one.end(2);
    other.send(record(PARAMS, 1, params), record(PARAMS, 1));
    await other.end(1);
    expect(other.stdout(1)).toBe(HELLO);
    expect(environs).toHaveLength(3);
  });

  test('is late by itself: others that come in time do not renew its time', async () => {
    const { connect, log } = await start(hello, { headersTimeout: 400 });
    const peer = await connect();
    peer.send(begin(60_000, 1, 1));
    let served = 0;
    const more = setInterval(() => {
      served++;
      peer.send(request({ id: served }));
    }, 50);
    await peer.ended;
    clearInterval(more);
    expect(served).toBeGreaterThan(0);
    expect(log.join('')).toContain('no whole request within 400 ms');
  });

  test('is late no more once PARAMS have ended: the application has its own time', async () => {
    const { connect } = await start(
      async (environ, startResponse) => {
        await new Promise((resolve) => setTimeout(resolve, 500));
        return hello(environ, startResponse);
      },
      { headersTimeout: 250 },
    );
    const peer = await connect();
    const whole = request();
    peer.send(whole.subarray(0, 20));
    await new Promise((resolve) => setTimeout(resolve, 30));
    peer.send(whole.subarray(20));
    await peer.end();
    expect(peer.stdout()).toBe(HELLO);
  });

  test('ends alone when it is late while another one runs, and the connection behind that', async () => {
    const gate = deferred();
    const { connect } = await start(
      async (environ, startResponse) => {
        await gate.promise;
        return hello(environ, startResponse);
      },
      { headersTimeout: 100 },
    );
    const peer = await connect();
    peer.send(request({ id: 1 }), begin(2, 1, 1), record(PARAMS, 2, 'half'));
    await peer.end(2);
    expect(peer.stdout(2)).toMatch(/^Status: 408 /);
    peer.send(begin(3, 1, 1));
    expect((await peer.end(3)).at(-1)).toEqual(['end', 3, 0, OVERLOADED]);
    gate.resolve();
    await peer.ended;
    expect(peer.stdout(1)).toBe(HELLO);
  });

  test('holds with others of its connection two heads of the greatest size, then ends with 503', async () => {
    const { connect } = await start(hello, { headSize: 10_000 });
    const peer = await connect();
    for (let id = 1; id <= 3; id++) peer.send(begin(id, 1, 1), record(PARAMS, id, Buffer.alloc(9_000)));
    await peer.end(3);
    expect(peer.stdout(3)).toMatch(/^Status: 503 /);
    // What it gives back is there for the next one.
    peer.send(record(ABORT, 1), begin(4, 1, 1), record(PARAMS, 4, Buffer.alloc(9_000)), record(ABORT, 4));
    await peer.end(4);
    expect(peer.stdout(4)).toBe('');
    const other = await connect();
    other.send(request());
    await other.end();
    expect(other.stdout()).toBe(HELLO);
  });

  test('gives back what it held once it is a request: the connection serves on', async () => {
    const { connect } = await start(hello, { headSize: 500 });
    const peer = await connect();
    for (let id = 1; id <= 20; id++) peer.send(request({ id }));
    await peer.end(20);
    for (let id = 1; id <= 20; id++) expect(peer.stdout(id)).toBe(HELLO);
  });

  test('keeps no chunk of the network for a byte of it', async () => {
    const { connect } = await start(hello);
    const peer = await connect();
    // One byte of PARAMS in each 64 KiB, the rest for nobody.
    const junk = record(5, 65_000, Buffer.alloc(65_000));
    const before = heldBytes();
    for (let id = 1; id <= 900; id++) {
      if (!peer.socket.write(Buffer.concat([begin(id, 1, 1), record(PARAMS, id, 'a'), junk]))) {
        await new Promise((resolve) => peer.socket.once('drain', resolve));
      }
    }
    peer.send(record(9, 0));
    await peer.until((events) => events.some((event) => event[0] === 'values'));
    expect(heldBytes() - before).toBeLessThan(5_000_000);
  });
});
