import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { callApp } from '@tsgi/core/testing';
import { gateway as scgi } from '@tsgi/scgi-backend';
import { serve as serveFcgi, gateway as fcgi } from '@tsgi/fcgi-backend';
import { expect, it, onTestFinished } from 'vitest';

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

// 127.0.0.2 is this machine too, and not what an empty host or localhost stands for.
it.each(['127.0.0.2', ...(outside === undefined ? [] : [outside])])(
  'a gateway connects to %s, and to nowhere else',
  async (host) => {
    const hosts: (string | undefined)[] = [];
    const server = createServer((socket) => {
      hosts.push(socket.localAddress);
      socket.once('data', () => socket.end('Content-Type: text/plain\r\n\r\nhere'));
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    expect((await callApp(scgi({ address: `${host}:${port}` }))).text).toBe('here');
    expect((await callApp(scgi({ address: { type: 'tcp', host, port } }))).text).toBe('here');
    expect(hosts).toEqual([host, host]);
  },
);

it('over FastCGI, too', async () => {
  const server = await serveFcgi(
    (_environ, startResponse) => {
      startResponse('200 OK', []);
      return [Buffer.from('here')];
    },
    { host: '127.0.0.2', port: 0, errors: () => {} },
  );
  onTestFinished(() => void server.close());
  expect((await callApp(fcgi({ address: `127.0.0.2:${String(server.port)}` }))).text).toBe('here');
  expect((await callApp(fcgi({ address: `127.0.0.1:${String(server.port)}` }))).status).toBe('502 Bad Gateway');
});
