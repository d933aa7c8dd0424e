import { once } from 'node:events';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { serve } from '../src/index.ts';
import { example, localhost } from './support/certificates.ts';
import { RawClient } from './support/raw-client.ts';
import { hello } from './support/serving.ts';

async function open(port: number | undefined, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ port: port ?? 0, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

test.each<[string, ConnectionOptions]>([
  ['HTTP/1.1', {}],
  ['HTTP/2', { ALPNProtocols: ['h2'] }],
  ['HTTP/1.1, another name', { servername: 'example.test' }],
])('a client of TLS 1.2 renegotiates nothing, over %s', async (_name, options) => {
  const server = await serve(hello, { port: 0, tls: { ...localhost, hosts: { 'example.test': example } } });
  for (const reload of [false, true]) {
    if (reload) server.reloadTls({ ...localhost, hosts: { 'example.test': example } });
    const socket = await open(server.port, { maxVersion: 'TLSv1.2', ...options });
    socket.resume();
    const outcome = await new Promise<string>((resolve) => {
      socket.once('close', () => resolve('closed'));
      socket.renegotiate({}, (error) => resolve(error === null ? 'renegotiated' : 'refused'));
      // OpenSSL's client takes the warning for the end, or waits.
      setTimeout(() => resolve('ignored'), 1_000);
    });
    expect(outcome).not.toBe('renegotiated');
    socket.destroy();
  }
  const client = new RawClient(await open(server.port, { maxVersion: 'TLSv1.2' }));
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(await client.rest()).toContain('hello');
  client.destroy();
  await server.close({ grace: 0 });
});

test.each([
  ['CBC', 'ECDHE-ECDSA-AES128-SHA'],
  ['no forward secrecy', 'AES128-GCM-SHA256'],
])('ciphers of the kind "%s" are not spoken', async (_name, ciphers) => {
  const server = await serve(hello, { port: 0, tls: localhost });
  await expect(open(server.port, { maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` })).rejects.toThrow();
  await server.close({ grace: 0 });
});

test('a handshake that is never ended is given up after headersTimeout; one that is ended stays', async () => {
  const server = await serve(hello, { port: 0, tls: localhost, headersTimeout: 300, keepAliveTimeout: 60_000 });
  const { connect: connectPlain } = await import('node:net');
  const silent = connectPlain({ port: server.port ?? 0, host: '127.0.0.1' });
  silent.on('error', () => {});
  await once(silent, 'connect');
  // A handshake record that announces 512 bytes; they drip.
  silent.write(Buffer.from([0x16, 3, 1, 2, 0, 1]));
  const drip = setInterval(() => silent.write(Buffer.from([0])), 50);
  const client = new RawClient(await open(server.port, {}));
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.until((received) => received.includes('hello'));
  await once(silent.resume(), 'close');
  clearInterval(drip);
  await new Promise((resolve) => setTimeout(resolve, 500));
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect((await client.rest()).split('hello')).toHaveLength(3);
  client.destroy();
  await server.close({ grace: 0 });
});
