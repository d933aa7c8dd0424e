import { describe, expect, test } from 'vitest';
import { echo, HELLO, hello, recording, start } from './peer.ts';
import { begin, pairs, PARAMS, post, record, request, STDIN } from './records.ts';

describe('a request and its reply', () => {
  test('STDOUT, its end, END_REQUEST, and the connection stays for the next one', async () => {
    const peer = await (await start(hello)).connect();
    for (let round = 1; round <= 3; round++) {
      peer.send(request());
      const events = await peer.until((all) => all.filter((event) => event[0] === 'end').length === round);
      expect(events.slice(-3)).toEqual([
        ['stdout', 1, HELLO],
        ['stdoutEnd', 1],
        ['end', 1, 0, 0],
      ]);
    }
  });

  test('R95: without KEEP_CONN the server closes, after the reply', async () => {
    const peer = await (await start(hello)).connect();
    peer.send(request({ keep: false }));
    await peer.ended;
    expect(peer.events().at(-1)).toEqual(['end', 1, 0, 0]);
    expect(peer.error).toBeUndefined();
  });

  test('and begins no request that follows in the same packet', async () => {
    const { app, environs } = recording(hello);
    const peer = await (await start(app)).connect();
    peer.send(request({ keep: false }), request({ id: 2 }));
    await peer.ended;
    expect(environs).toHaveLength(1);
    expect(peer.events().at(-1)).toEqual(['end', 1, 0, 0]);
  });

  test.each([2, 255, 256, 65_535])('R95: replies carry the id of their request: %d', async (id) => {
    const peer = await (await start(hello)).connect();
    peer.send(request({ id }));
    expect(await peer.end(id)).toEqual([
      ['stdout', id, HELLO],
      ['stdoutEnd', id],
      ['end', id, 0, 0],
    ]);
  });

  test('bytes that arrive one by one', async () => {
    const peer = await (await start(echo)).connect();
    peer.socket.setNoDelay(true);
    for (const byte of post('the body')) {
      peer.send(Uint8Array.of(byte));
      await new Promise(setImmediate);
    }
    await peer.end();
    expect(peer.stdout()).toMatch(/\r\n\r\nthe body$/);
  });

  test('R95: pairs that straddle records (h2o splits within a pair)', async () => {
    const { app, environs } = recording(hello);
    const peer = await (await start(app)).connect();
    const params = pairs({
      REQUEST_METHOD: 'GET',
      SERVER_PROTOCOL: 'HTTP/1.1',
      REQUEST_URI: '/a',
      HTTP_X: 'v'.repeat(300),
    });
    peer.send(begin(1, 1, 1));
    for (let at = 0; at < params.length; at += 7) peer.send(record(PARAMS, 1, params.subarray(at, at + 7), at % 8));
    peer.send(record(PARAMS, 1), record(STDIN, 1));
    await peer.end();
    expect(environs[0]).toMatchObject({ PATH_INFO: '/a', HTTP_X: 'v'.repeat(300) });
  });

  test('the application is called at the end of PARAMS, before any STDIN', async () => {
    const peer = await (await start(hello)).connect();
    peer.send(begin(1, 1, 1), record(PARAMS, 1, pairs({ REQUEST_METHOD: 'GET', REQUEST_URI: '/' })), record(PARAMS, 1));
    await peer.end();
    // The STDIN that comes late belongs to nobody, and the id can begin again.
    peer.send(record(STDIN, 1, 'late'), record(STDIN, 1), request());
    await peer.until((events) => events.filter((event) => event[0] === 'end').length === 2);
  });

  test('each request has an environ of its own (CVE-2011-2766)', async () => {
    const { app, environs } = recording(hello);
    const peer = await (await start(app)).connect();
    peer.send(request({ params: { HTTP_SECRET: 'a' } }), request());
    await peer.until((events) => events.filter((event) => event[0] === 'end').length === 2);
    expect(environs[0]?.HTTP_SECRET).toBe('a');
    expect(environs[1]).not.toHaveProperty('HTTP_SECRET');
  });

  test('R20, R22, R36: names from the wire are keys and no more', async () => {
    const { app, environs } = recording(hello);
    const peer = await (await start(app)).connect();
    const params = {
      'tsgi.input': 'evil',
      HTTP_PROXY: 'http://evil',
      HTTP_TRANSFER_ENCODING: 'chunked',
      toString: 'x',
    };
    peer.send(request({ params: JSON.parse(JSON.stringify(params).replace('{', '{"__proto__":"y",')) }));
    await peer.end();
    const [environ] = environs;
    expect(environ?.['tsgi.input']).toHaveProperty('read');
    expect(environ).not.toHaveProperty('HTTP_PROXY');
    expect(environ).not.toHaveProperty('HTTP_TRANSFER_ENCODING');
    expect(environ?.toString).toBe('x');
    expect(environ?.__proto__).toBe('y');
    expect(environ?.['tsgi.fcgi_role']).toBe('RESPONDER');
  });
});

describe('CONTENT_LENGTH and STDIN', () => {
  test.each([
    ['absent', undefined],
    ['empty (nginx, fastcgi_request_buffering off)', ''],
    ['-1', '-1'],
  ])('%s: the body ends with STDIN', async (_name, length) => {
    const peer = await (await start(echo)).connect();
    peer.send(request({ body: 'whatever comes', params: length === undefined ? {} : { CONTENT_LENGTH: length } }));
    await peer.end();
    expect(peer.stdout()).toMatch(/\r\n\r\nwhatever comes$/);
  });

  test('longer: the rest is discarded', async () => {
    const peer = await (await start(echo)).connect();
    peer.send(request({ body: '0123456789', params: { CONTENT_LENGTH: '4' } }));
    await peer.end();
    peer.send(request({ body: 'next' }));
    await peer.until((events) => events.filter((event) => event[0] === 'end').length === 2);
    expect(peer.stdout()).toMatch(/\r\n\r\n0123Status: .*\r\n\r\nnext$/s);
  });

  test('R48: shorter: the body rejects, it does not end', async () => {
    let error: unknown;
    const { connect } = await start(async (environ, startResponse) => {
      await environ['tsgi.input'].read().catch((reason: unknown) => (error = reason));
      startResponse('200 OK', []);
      return [];
    });
    const peer = await connect();
    peer.send(request({ body: 'abc', params: { CONTENT_LENGTH: '4' } }));
    await peer.end();
    expect(error).toMatchObject({ name: 'AbortError', code: 'BODY_TRUNCATED' });
  });

  test('R48: none at all, though one was announced', async () => {
    const peer = await (await start(echo)).connect();
    peer.send(request({ params: { CONTENT_LENGTH: '4' } }));
    await peer.end();
    expect(peer.stdout()).toMatch(/^Status: 400 /);
  });
});

describe('a malformed request in good framing', () => {
  test.each([
    ['CONTENT_LENGTH=+1', { CONTENT_LENGTH: '+1' }],
    ['CONTENT_LENGTH=1e3', { CONTENT_LENGTH: '1e3' }],
    ['CONTENT_LENGTH=-2', { CONTENT_LENGTH: '-2' }],
    ['no method', { REQUEST_METHOD: '' }],
    ['a method with a space', { REQUEST_METHOD: 'GE T' }],
    ['a bad protocol', { SERVER_PROTOCOL: 'FTP/1.1' }],
    ['FCGI_DATA_LENGTH of a filter', { FCGI_DATA_LENGTH: 'x' }],
  ])('%s: 400, and the connection serves on', async (_name, params) => {
    const { connect, log } = await start(hello);
    const peer = await connect();
    peer.send(request({ params, role: 'FCGI_DATA_LENGTH' in params ? 3 : 1, body: 'ignored' }));
    await peer.end();
    expect(peer.stdout()).toMatch(/^Status: 400 Bad Request\r\n.*\r\n\r\n/s);
    expect(log.join('')).toMatch(/^fcgi: request refused: R\d\d: /);
    peer.send(request());
    await peer.until((events) => events.filter((event) => event[0] === 'end').length === 2);
    expect(peer.stdout()).toContain(HELLO);
  });

  test.each([
    ['too many bytes', { headSize: 100 }],
    ['too many pairs', { headerCount: 5 }],
  ])('PARAMS of %s: 431', async (_name, limits) => {
    const { connect } = await start(hello, limits);
    const peer = await connect();
    peer.send(request(), record(STDIN, 1));
    await peer.end();
    expect(peer.stdout()).toMatch(/^Status: 431 /);
    expect(peer.events().filter((event) => event[0] === 'end')).toHaveLength(1);
  });
});
