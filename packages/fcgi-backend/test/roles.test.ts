import { describe, expect, test } from 'vitest';
import type { Input } from '@tsgi/core';
import { HELLO, hello, recording, start } from './peer.ts';
import { begin, DATA, pairs, PARAMS, record, request, STDIN } from './records.ts';

const UNKNOWN_ROLE = 3;

describe('authorizer', () => {
  test.each([
    ['no STDIN at all (mod_authnz_fcgi)', []],
    ['an empty STDIN (lighttpd)', [record(STDIN, 1)]],
    ['a STDIN that should not be', [record(STDIN, 1, 'body'), record(STDIN, 1)]],
  ])('with %s: its body is empty', async (_name, stdin) => {
    let body: Uint8Array | undefined;
    const { app, environs } = recording(async (environ, startResponse) => {
      body = await environ['tsgi.input'].read();
      startResponse('200 OK', [['Variable-USER', 'ada']]);
      return [];
    });
    const peer = await (await start(app)).connect();
    const variables = { REQUEST_METHOD: 'GET', REQUEST_URI: '/a', CONTENT_LENGTH: '4', FCGI_ROLE: 'AUTHORIZER' };
    peer.send(begin(1, 2, 1), record(PARAMS, 1, pairs(variables)), record(PARAMS, 1), ...stdin);
    await peer.end();
    expect(body).toHaveLength(0);
    expect(peer.stdout()).toBe('Status: 200 OK\r\nVariable-USER: ada\r\nContent-Length: 0\r\n\r\n');
    expect(environs[0]).toMatchObject({ 'tsgi.fcgi_role': 'AUTHORIZER', PATH_INFO: '/a' });
    expect(environs[0]).not.toHaveProperty('CONTENT_LENGTH');
  });
});

describe('filter', () => {
  test('STDIN and DATA are two inputs', async () => {
    const { app, environs } = recording(async (environ, startResponse) => {
      const body = await environ['tsgi.input'].read();
      const data = await (environ['tsgi.fcgi_data'] as Input).read();
      startResponse('200 OK', []);
      return [body, data];
    });
    const peer = await (await start(app)).connect();
    const params = {
      REQUEST_METHOD: 'POST',
      CONTENT_LENGTH: '4',
      FCGI_DATA_LENGTH: '9',
      FCGI_DATA_LAST_MOD: '1700000000',
    };
    peer.send(request({ role: 3, params, body: 'body', data: 'the file!' }));
    await peer.end();
    expect(peer.stdout()).toMatch(/\r\n\r\nbodythe file!$/);
    expect(environs[0]).toMatchObject({ 'tsgi.fcgi_role': 'FILTER', FCGI_DATA_LAST_MOD: '1700000000' });
  });

  test('R48: DATA of less than FCGI_DATA_LENGTH rejects', async () => {
    let error: unknown;
    const { connect } = await start(async (environ, startResponse) => {
      await (environ['tsgi.fcgi_data'] as Input).read().catch((reason: unknown) => (error = reason));
      return hello(environ, startResponse);
    });
    const peer = await connect();
    peer.send(request({ role: 3, params: { FCGI_DATA_LENGTH: '9' }, data: 'short' }));
    await peer.end();
    expect(error).toMatchObject({ code: 'BODY_TRUNCATED' });
  });

  test('DATA that is read before a large STDIN does not lock up', async () => {
    const { connect } = await start(async (environ, startResponse) => {
      const data = await (environ['tsgi.fcgi_data'] as Input).read();
      const body = await environ['tsgi.input'].read();
      startResponse('200 OK', []);
      return [Buffer.from(`${data.length} ${body.length}`)];
    });
    const peer = await connect();
    peer.send(request({ role: 3, body: Buffer.alloc(300_000), data: Buffer.alloc(60_000) }));
    await peer.end();
    expect(peer.stdout()).toMatch(/\r\n\r\n60000 300000$/);
  });

  test('DATA for a responder is ignored', async () => {
    const peer = await (await start(hello)).connect();
    peer.send(begin(1, 1, 1), record(PARAMS, 1, pairs({ REQUEST_METHOD: 'GET' })), record(PARAMS, 1), record(STDIN, 1));
    peer.send(record(DATA, 1, 'what'), record(DATA, 1));
    await peer.end();
    expect(peer.stdout()).toBe(HELLO);
  });
});

describe('UNKNOWN_ROLE', () => {
  test.each([0, 4, 255])('role %d', async (role) => {
    const { app, environs } = recording(hello);
    const peer = await (await start(app)).connect();
    peer.send(request({ role }), request());
    await peer.until((events) => events.filter((event) => event[0] === 'end').length === 2);
    expect(peer.events()[0]).toEqual(['end', 1, 0, UNKNOWN_ROLE]);
    expect(environs).toHaveLength(1);
  });

  test('a role that the options leave out', async () => {
    const peer = await (await start(hello, { roles: ['AUTHORIZER'] })).connect();
    peer.send(request({ role: 1 }), request({ role: 2 }));
    await peer.until((events) => events.filter((event) => event[0] === 'end').length === 2);
    expect(peer.events()).toEqual([
      ['end', 1, 0, UNKNOWN_ROLE],
      ['stdout', 1, HELLO],
      ['stdoutEnd', 1],
      ['end', 1, 0, 0],
    ]);
  });

  test('without KEEP_CONN the connection is closed', async () => {
    const peer = await (await start(hello)).connect();
    peer.send(request({ role: 9, keep: false }));
    await peer.ended;
    expect(peer.events()).toEqual([['end', 1, 0, UNKNOWN_ROLE]]);
  });
});
