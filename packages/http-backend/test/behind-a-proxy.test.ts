import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import type { App, Environ } from '@tsgi/core';
import { serve } from '../src/index.ts';
import { readProxyHeader } from '../src/environ/proxy-header.ts';
import { localhost } from './support/certificates.ts';
import { RawClient } from './support/raw-client.ts';
import { hello, serving } from './support/serving.ts';

function recording(): { app: App; environs: Environ[] } {
  const environs: Environ[] = [];
  const app: App = (environ, startResponse) => {
    environs.push(environ);
    return hello(environ, startResponse);
  };
  return { app, environs };
}

async function seen(
  trustedPeers: readonly string[] | undefined,
  headers: string,
): Promise<Partial<Environ> & { status?: number | undefined }> {
  const { app, environs } = recording();
  await using server = await serving(app, trustedPeers === undefined ? {} : { trustedPeers });
  const [response] = await server.ask(`GET / HTTP/1.1\r\nHost: inner\r\n${headers}\r\n`);
  return { ...environs[0], status: response?.status };
}

const all =
  'X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: example.com\r\nX-Forwarded-Port: 443\r\n';

test('headers of a peer that is not trusted change nothing', async () => {
  for (const trusted of [undefined, [], ['10.0.0.0/8'], ['unix'], ['::1']]) {
    expect(await seen(trusted, `${all}Forwarded: for=203.0.113.9;proto=https;host=example.com\r\n`)).toMatchObject({
      REMOTE_ADDR: '127.0.0.1',
      'tsgi.url_scheme': 'http',
      HTTP_HOST: 'inner',
      HTTP_X_FORWARDED_FOR: '203.0.113.9',
    });
  }
});

test.each([
  ['X-Forwarded', all],
  ['Forwarded', 'Forwarded: for=203.0.113.9;proto=https;host="example.com"\r\n'],
  ['both, of one mind', `${all}Forwarded: For=203.0.113.9\r\n`],
])('%s of a trusted peer', async (_name, headers) => {
  const environ = await seen(['127.0.0.0/8'], headers);
  expect(environ).toMatchObject({ REMOTE_ADDR: '203.0.113.9', 'tsgi.url_scheme': 'https', HTTP_HOST: 'example.com' });
  expect(environ.REMOTE_PORT).toBeUndefined();
});

test.each([
  [
    'the first from the right that is not trusted',
    'X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.0.0.1\r\n',
    '203.0.113.9',
  ],
  ['the leftmost when all are trusted', 'X-Forwarded-For: 10.0.0.2, 10.0.0.1\r\n', '10.0.0.2'],
  ['with a port', 'X-Forwarded-For: 203.0.113.9:1234\r\n', '203.0.113.9'],
  ['IPv6', 'X-Forwarded-For: 2001:db8::1\r\n', '2001:db8::1'],
  ['IPv6 in brackets, with a port', 'Forwarded: for="[2001:db8::1]:80"\r\n', '2001:db8::1'],
  ['several headers', 'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 203.0.113.9\r\n', '203.0.113.9'],
  ['a Forwarded of several hops', 'Forwarded: for=6.6.6.6, for=203.0.113.9;by=x, for=10.0.0.1\r\n', '203.0.113.9'],
  ['the last element, though it ends in an empty pair', 'Forwarded: for=6.6.6.6, for=203.0.113.9;\r\n', '203.0.113.9'],
  ['beside a parameter of any name', 'Forwarded: for=203.0.113.9;x-1=2;;proto=https,\r\n', '203.0.113.9'],
  ['hidden behind a trusted proxy', 'Forwarded: for=_hidden, for=10.0.0.1\r\n', '10.0.0.1'],
  ['nonsense', 'X-Forwarded-For: nonsense\r\n', '127.0.0.1'],
  ['a malformed Forwarded', 'Forwarded: for=203.0.113.9 x\r\n', '127.0.0.1'],
])('the client is %s', async (_name, headers, address) => {
  expect(await seen(['127.0.0.1', '10.0.0.0/8'], headers)).toMatchObject({ REMOTE_ADDR: address });
});

test('a client that has reset its connection has no address, and does not pass for one on a UNIX socket', async () => {
  const { app, environs } = recording();
  await using server = await serving(app, { trustedPeers: ['unix'] });
  for (let round = 0; round < 5; round += 1) {
    const client = await server.connect();
    client.send(`GET / HTTP/1.1\r\nHost: a\r\n${all}\r\n`);
    client.socket.resetAndDestroy();
    await client.closed();
  }
  await server.ask('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(environs.at(-1)).toMatchObject({ REMOTE_ADDR: '127.0.0.1' });
  for (const environ of environs) expect(environ.REMOTE_ADDR).toBe('127.0.0.1');
});

test('two headers of two minds are refused', async () => {
  expect(await seen(['127.0.0.1'], 'Forwarded: for=6.6.6.6\r\nX-Forwarded-For: 203.0.113.9\r\n')).toMatchObject({
    status: 400,
  });
});

test('a forwarded host that is none is refused', async () => {
  expect(await seen(['127.0.0.1'], 'X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Host: a/b\r\n')).toMatchObject({
    status: 400,
  });
});

test.each(['nonsense', '10.0.0.0/33', '10.0.0.0/', '::/129'])('%s is no trusted peer', async (entry) => {
  await expect(serve(hello, { port: 0, trustedPeers: [entry] })).rejects.toMatchObject({ code: 'BAD_TRUSTED_PEER' });
});

const v1 = 'PROXY TCP4 203.0.113.9 192.0.2.1 1234 443\r\n';
const v2 = (command: number, family: number, addresses: number[]): Buffer =>
  Buffer.from([
    ...Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
    0x20 + command,
    family,
    addresses.length >> 8,
    addresses.length & 255,
    ...addresses,
  ]);
const v4In6 = (...bytes: number[]): number[] => [...Array<number>(10).fill(0), 255, 255, ...bytes];
const v2Tcp4 = v2(1, 0x11, [203, 0, 113, 9, 192, 0, 2, 1, 4, 210, 1, 187]);

test.each([
  ['version 1', Buffer.from(v1), '203.0.113.9'],
  ['version 1, IPv6', Buffer.from('PROXY TCP6 2001:db8::1 ::1 1234 443\r\n'), '2001:db8::1'],
  ['version 1, unknown', Buffer.from('PROXY UNKNOWN\r\n'), undefined],
  ['version 2', v2Tcp4, '203.0.113.9'],
  [
    'version 2, IPv6',
    v2(1, 0x21, [0x20, 1, 13, 0xb8, ...Array<number>(11).fill(0), 1, ...Array<number>(15).fill(0), 1, 4, 210, 1, 187]),
    '2001:db8::1',
  ],
  ['version 2, local', v2(0, 0, []), undefined],
  [
    'version 2, with extensions',
    v2(1, 0x11, [203, 0, 113, 9, 192, 0, 2, 1, 4, 210, 1, 187, 4, 0, 1, 0]),
    '203.0.113.9',
  ],
  [
    'version 2, over UDP, of which nothing is made',
    v2(1, 0x12, [203, 0, 113, 9, 192, 0, 2, 1, 4, 210, 1, 187]),
    undefined,
  ],
  ['version 2, local, whose family is ignored', v2(0, 0xff, [1, 2, 3]), undefined],
  [
    'version 2, IPv4 written as IPv6',
    v2(1, 0x21, [...v4In6(203, 0, 113, 9), ...v4In6(192, 0, 2, 1), 4, 210, 1, 187]),
    '203.0.113.9',
  ],
  ['version 1, IPv4 written as IPv6', Buffer.from('PROXY TCP6 ::ffff:203.0.113.9 ::1 1 2\r\n'), '203.0.113.9'],
])('a PROXY header of %s, however it is cut', (_name, header, address) => {
  expect(readProxyHeader(Buffer.concat([header, Buffer.from('GET')]))).toMatchObject({ length: header.length });
  expect(readProxyHeader(header)?.addresses?.sourceAddress).toBe(address);
  for (let length = 0; length < header.length; length += 1)
    expect(readProxyHeader(header.subarray(0, length))).toBeUndefined();
});

test.each([
  ['no header', Buffer.from('GET / HTTP/1.1\r\n')],
  ['a port too high', Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n')],
  ['an address that is none', Buffer.from('PROXY TCP4 1.2.3 1.2.3.4 1 1\r\n')],
  ['the other family', Buffer.from('PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n')],
  ['one field too many', Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 1 1 1\r\n')],
  ['a line without end', Buffer.from(`PROXY ${'x'.repeat(107)}`)],
  ['version 3', Buffer.from('\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0', 'latin1')],
  ['a command that there is not', v2(2, 0x11, Array<number>(12).fill(0))],
  ['a family that there is not', v2(1, 0x41, Array<number>(12).fill(0))],
  ['a transport that there is not', v2(1, 0x13, Array<number>(12).fill(0))],
  ['addresses cut short', v2(1, 0x11, [1, 2, 3, 4])],
  ['extensions beyond measure', v2(1, 0x11, Array<number>(5_000).fill(0))],
])('%s is refused', (_name, header) => {
  expect(() => readProxyHeader(header)).toThrow('expected a PROXY header');
});

test('a connection with a PROXY header', async () => {
  const { app, environs } = recording();
  await using server = await serving(app, { proxyProtocol: true });
  const client = await server.connect();
  for (const byte of v1) {
    client.send(byte);
    await new Promise(setImmediate);
  }
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(await client.rest()).toContain('hello');
  expect(environs[0]).toMatchObject({
    REMOTE_ADDR: '203.0.113.9',
    REMOTE_PORT: '1234',
    SERVER_NAME: '192.0.2.1',
    SERVER_PORT: '443',
  });
});

test('a connection without one is closed', async () => {
  const { app, environs } = recording();
  await using server = await serving(app, { proxyProtocol: true });
  const client = await server.connect();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(await client.rest()).toBe('');
  expect(environs).toEqual([]);
});

test('a PROXY header before a TLS handshake', async () => {
  const { app, environs } = recording();
  const server = await serve(app, { port: 0, tls: localhost, proxyProtocol: true });
  const raw = await RawClient.connect({ host: '127.0.0.1', port: server.port ?? 0 });
  raw.socket.removeAllListeners('data');
  raw.socket.write(v2Tcp4);
  const client = new RawClient(connect({ socket: raw.socket, rejectUnauthorized: false }));
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(await client.rest()).toContain('hello');
  client.destroy();
  raw.destroy();
  await server.close({ grace: 0 });
  expect(environs[0]).toMatchObject({ REMOTE_ADDR: '203.0.113.9', SERVER_PORT: '443', 'tsgi.url_scheme': 'https' });
});

test('PROXY headers before TLS on a UNIX socket, where connections have no addresses', async () => {
  const { app, environs } = recording();
  const path = join(tmpdir(), `tsgi-proxied-${process.pid}-${Date.now()}.sock`);
  const server = await serve(app, { path, tls: localhost, proxyProtocol: true });
  const open = async (address: string): Promise<RawClient> => {
    const raw = await RawClient.connect({ path });
    raw.socket.removeAllListeners('data');
    raw.socket.write(`PROXY TCP4 ${address} 192.0.2.1 1234 443\r\n`);
    const secure = connect({ socket: raw.socket, rejectUnauthorized: false });
    await once(secure, 'secureConnect');
    return new RawClient(secure);
  };
  const first = await open('203.0.113.1');
  const second = await open('203.0.113.2');
  for (const client of [first, second]) {
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(await client.rest()).toContain('hello');
    client.destroy();
  }
  await server.close({ grace: 0 });
  expect(environs.map(({ REMOTE_ADDR }) => REMOTE_ADDR)).toEqual(['203.0.113.1', '203.0.113.2']);
});
