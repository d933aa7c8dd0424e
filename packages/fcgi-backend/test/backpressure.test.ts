import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { deferred, echo, hello, start } from './peer.ts';
import { ABORT, begin, pairs, PARAMS, post, record, request, STDIN } from './records.ts';

const sha = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 2_654_435_761) >>> 13;
  return bytes;
}

describe('large bodies', () => {
  test.each(['unix', 'tcp'])('8 MiB there and back over %s', async (wire) => {
    const peer = await (await start(echo, wire === 'tcp' ? { port: 0 } : {})).connect();
    const body = noise(8_388_608);
    peer.send(post(body));
    await peer.end();
    const reply = Buffer.from(peer.stdout(), 'latin1');
    expect(sha(reply.subarray(reply.indexOf('\r\n\r\n') + 4))).toBe(sha(body));
  });

  test('in chunks of every size around a record', async () => {
    const sizes = [1, 7, 8, 9, 16_383, 16_385, 65_527, 65_528, 65_534, 65_535, 65_536, 131_070, 131_071, 200_001];
    const { connect } = await start((_environ, startResponse) => {
      startResponse('200 OK', []);
      return sizes.map((size) => noise(size));
    });
    const peer = await connect();
    peer.send(request());
    await peer.end();
    const reply = Buffer.from(peer.stdout(), 'latin1');
    expect(sha(reply.subarray(reply.indexOf('\r\n\r\n') + 4))).toBe(
      sha(Buffer.concat(sizes.map((size) => noise(size)))),
    );
  });
});

describe('a reader that stalls', () => {
  test('R12: stops the iterator; nothing is lost when it goes on', async () => {
    let produced = 0;
    const chunk = noise(65_536);
    const { connect } = await start((_environ, startResponse) => {
      startResponse('200 OK', []);
      return (function* () {
        for (; produced < 400; produced++) yield chunk;
      })();
    });
    const peer = await connect();
    peer.socket.pause();
    peer.send(request());
    let before = -1;
    await expect.poll(() => before === (before = produced), { interval: 100, timeout: 10_000 }).toBe(true);
    expect(produced).toBeGreaterThan(0);
    expect(produced).toBeLessThan(100);
    peer.socket.resume();
    await peer.end();
    expect(peer.stdout().length).toBeGreaterThan(400 * 65_536);
  });

  test('of many small replies is not sent more requests than its connection can bear', async () => {
    let served = 0;
    const reply = Buffer.alloc(10_000, 'x');
    const { connect } = await start((_environ, startResponse) => {
      served++;
      startResponse('200 OK', []);
      return [reply];
    });
    const peer = await connect();
    peer.socket.pause();
    const one = request();
    for (let round = 0; round < 5000; round++) peer.send(one);
    let before = -1;
    await expect.poll(() => before === (before = served), { interval: 100, timeout: 10_000 }).toBe(true);
    expect(served).toBeLessThan(2000);
    peer.socket.resume();
    await expect.poll(() => peer.events().filter((event) => event[0] === 'end').length, { timeout: 15_000 }).toBe(5000);
  });
});

describe('an application that does not read', () => {
  test('stops the peer, and the rest comes when it does read', async () => {
    const gate = deferred();
    const app: App = async (environ, startResponse) => {
      await gate.promise;
      return echo(environ, startResponse);
    };
    const { connect } = await start(app);
    const peer = await connect();
    const body = noise(20_000_000);
    peer.send(post(body));
    let before = -1;
    const sent = (): number => peer.socket.bytesWritten - peer.socket.writableLength;
    await expect.poll(() => before === (before = sent()), { interval: 100, timeout: 10_000 }).toBe(true);
    expect(sent()).toBeLessThan(10_000_000);
    gate.resolve();
    await peer.end();
    const reply = Buffer.from(peer.stdout(), 'latin1');
    expect(sha(reply.subarray(reply.indexOf('\r\n\r\n') + 4))).toBe(sha(body));
  });

  test('R53: and answers without reading: the connection serves on', async () => {
    const { connect } = await start(async (environ, startResponse) => {
      await new Promise(setImmediate);
      return hello(environ, startResponse);
    });
    const peer = await connect();
    peer.send(post(noise(5_000_000)));
    await peer.end();
    peer.send(request());
    await peer.until((events) => events.filter((event) => event[0] === 'end').length === 2);
  });

  test('still hears of an abort while its body fits the buffer', async () => {
    const aborted = deferred();
    const app: App = (environ) => {
      environ['tsgi.signal'].addEventListener('abort', aborted.resolve);
      return aborted.promise.then(() => []);
    };
    const peer = await (await start(app)).connect();
    peer.send(begin(1, 1, 1), record(PARAMS, 1, pairs({ REQUEST_METHOD: 'POST' })), record(PARAMS, 1));
    peer.send(record(STDIN, 1, noise(60_000)), record(ABORT, 1));
    await aborted.promise;
    await peer.end();
  });
});
