import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type NetConnectOpts } from 'node:net';
import { describe, expect, test } from 'vitest';
import { fcgiBackend, makeServer, serve } from '../src/index.ts';
import { closing, hello, HELLO, Peer, socketPath } from './peer.ts';
import { request } from './records.ts';

async function connect(target: NetConnectOpts): Promise<Peer> {
  const socket = createConnection({ ...target, allowHalfOpen: true });
  await once(socket, 'connect');
  return new Peer(socket);
}

/** What spawn-fcgi and mod_fcgid start: its listening socket is fd 0. The build, for a child reads no TypeScript. */
const CHILD = `
  import { serve } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
  await serve((_environ, startResponse) => {
    startResponse('200 OK', [['Content-Type', 'text/plain']]);
    return [Buffer.from('hello')];
  }, { fd: 0 });
`;

describe('an inherited descriptor', () => {
  test('fd 0, as spawn-fcgi and mod_fcgid give it', async () => {
    const listener = createServer();
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const { port } = listener.address() as AddressInfo;
    const { fd } = Reflect.get(listener, '_handle') as { fd: number };
    const child = spawn(process.execPath, ['--input-type=module', '-e', CHILD], { stdio: [fd, 'inherit', 'inherit'] });
    closing({ close: () => child.kill() });
    listener.close();
    const peer = await connect({ port, host: '127.0.0.1' });
    peer.send(request());
    await peer.end();
    expect(peer.stdout()).toBe(HELLO);
  });

  test('one that is no socket is refused', async () => {
    await expect(serve(hello, { fd: 999 })).rejects.toMatchObject({ code: 'BAD_ADDRESS' });
  });
});

describe('serve', () => {
  test('tells where it listens', async () => {
    const path = socketPath();
    const unix = closing(await serve(hello, { path, mode: 0o600 }));
    expect(unix).toMatchObject({ address: `fcgi+unix:${path}?mode=600`, port: undefined });
    const tcp = closing(await fcgiBackend.serve(hello, { port: 0 }));
    expect(tcp.address).toBe(`fcgi://127.0.0.1:${tcp.port}`);
    expect(fcgiBackend.name).toBe('fcgi');
  });
});

describe('makeServer', () => {
  test('handleRequest serves one, serveForever the rest', async () => {
    const path = socketPath();
    const server = closing(makeServer(path, 0, hello));
    await server.listening;
    const first = await connect({ path });
    first.send(request({ keep: false }));
    await server.handleRequest();
    await first.ended;
    expect(first.stdout()).toBe(HELLO);
    const forever = server.serveForever();
    const second = await connect({ path });
    second.send(request());
    await second.end();
    expect(second.stdout()).toBe(HELLO);
    await server.close();
    await forever;
  });
});
