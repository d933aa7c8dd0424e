import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { deferred, hello, HELLO, start } from './peer.ts';
import { request } from './records.ts';

/** Nothing here waits for it: what did would end by the timeout of its test. */
const LONG = 600_000;

/** A server that closes takes its name away, then what is in its queue; its connections are told within the next turns. */
async function listensNoMore(address: string): Promise<void> {
  await expect.poll(() => existsSync(address.replace('fcgi+unix:', '')), { timeout: 15_000 }).toBe(false);
  await new Promise((resolve) => setTimeout(resolve, 100));
}

test('an idle kept connection has one more request, and is closed behind its reply', async () => {
  const { connect, server } = await start(hello);
  const peers = await Promise.all(Array.from({ length: 20 }, () => connect()));
  for (const peer of peers) await peer.send(request()).end();
  const closed = server.close({ grace: LONG, keepAlive: LONG });
  await listensNoMore(server.address);
  for (const peer of peers) peer.send(request({ id: 2 }));
  for (const peer of peers) {
    await peer.end(2);
    await peer.ended;
    expect(peer.stdout(2)).toBe(HELLO);
    expect(peer.error).toBeUndefined();
    peer.socket.end();
  }
  await closed;
});

test('requests that come together are all served, and so is one that comes in pieces', async () => {
  const { connect, server } = await start(hello);
  const peer = await connect();
  await peer.send(request()).end();
  const closed = server.close({ grace: LONG, keepAlive: LONG });
  await listensNoMore(server.address);
  const last = request({ id: 4 });
  peer.send(request({ id: 2 }), request({ id: 3 }), last.subarray(0, 11));
  await peer.end(3);
  peer.send(last.subarray(11));
  await peer.ended;
  expect([2, 3, 4].map((id) => peer.stdout(id))).toEqual([HELLO, HELLO, HELLO]);
  peer.socket.end();
  await closed;
});

test('beside one that runs others are let in, and the last reply ends the connection', async () => {
  const gate = deferred();
  const { connect, server } = await start(async (environ, startResponse) => {
    if (environ.PATH_INFO === '/slow') await gate.promise;
    return hello(environ, startResponse);
  });
  const peer = await connect();
  peer.send(request({ params: { PATH_INFO: '/slow', REQUEST_METHOD: 'GET' } }));
  await peer.send(request({ id: 2 })).end(2);
  const closed = server.close({ grace: LONG, keepAlive: LONG });
  await listensNoMore(server.address);
  await peer.send(request({ id: 3 })).end(3);
  gate.resolve();
  await peer.ended;
  expect([1, 2, 3].map((id) => peer.stdout(id))).toEqual([HELLO, HELLO, HELLO]);
  peer.socket.end();
  await closed;
});

test('who stays silent is closed after the bound, and a second close makes it now', async () => {
  for (const [first, second] of [
    [{ grace: LONG, keepAlive: 50 }, undefined],
    [{ grace: LONG, keepAlive: LONG }, { grace: LONG }],
  ] as const) {
    const { connect, server } = await start(hello);
    const peer = await connect();
    await peer.send(request()).end();
    const closed = server.close(first);
    await listensNoMore(server.address);
    if (second !== undefined) void server.close(second);
    await peer.ended;
    expect(peer.error).toBeUndefined();
    await closed;
  }
});
