import { describe, expect, test } from 'vitest';
import { deferred, hello, HELLO, start } from './peer.ts';
import { GET_VALUES, pairs, record, request } from './records.ts';

describe('GET_VALUES', () => {
  const ask = (...names: string[]): Buffer =>
    record(GET_VALUES, 0, pairs(Object.fromEntries(names.map((name) => [name, '']))));

  test('R95: known names that were asked for, no others', async () => {
    const { connect } = await start(hello, { maxConnections: 7, maxActiveRequests: 9 });
    const peer = await connect();
    peer.send(ask('FCGI_MPXS_CONNS', 'FCGI_UNHEARD_OF', 'FCGI_MAX_REQS'));
    await peer.until((events) => events.length === 1);
    peer.send(ask('FCGI_MAX_CONNS'));
    await peer.until((events) => events.length === 2);
    expect(peer.events()).toEqual([
      ['values', 'FCGI_MPXS_CONNS', '1', 'FCGI_MAX_REQS', '9'],
      ['values', 'FCGI_MAX_CONNS', '7'],
    ]);
  });

  test('names that repeat are answered once', async () => {
    const peer = await (await start(hello)).connect();
    peer.send(record(GET_VALUES, 0, '\x0e\0FCGI_MAX_CONNS'.repeat(100)));
    await peer.until((events) => events.length === 1);
    expect(peer.events()).toEqual([['values', 'FCGI_MAX_CONNS', '1000']]);
  });

  test('is answered while requests run, and before the first', async () => {
    const gate = deferred();
    const { connect } = await start(
      async (environ, startResponse) => {
        await gate.promise;
        return hello(environ, startResponse);
      },
      { multiplex: false },
    );
    const peer = await connect();
    peer.send(ask('FCGI_MPXS_CONNS'), request(), ask('FCGI_MPXS_CONNS'));
    await peer.until((events) => events.length === 2);
    gate.resolve();
    await peer.end();
    expect(peer.events().slice(0, 2)).toEqual([
      ['values', 'FCGI_MPXS_CONNS', '0'],
      ['values', 'FCGI_MPXS_CONNS', '0'],
    ]);
    expect(peer.stdout()).toBe(HELLO);
  });
});

test('R95: an unknown management record is answered with UNKNOWN_TYPE, and the connection serves on', async () => {
  const peer = await (await start(hello)).connect();
  peer.send(record(99, 0, 'what'), record(99, 1, 'skipped'), request());
  await peer.end();
  expect(peer.events()[0]).toEqual(['unknownType', 99]);
  expect(peer.stdout()).toBe(HELLO);
});
