import { expect, it } from 'vitest';
import { echoServer, folder } from './sockets.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const hasReusePort = major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
const anywhere = { address: { type: 'tcp', host: '127.0.0.1', port: 0 } } as const;

it.runIf(hasReusePort)('two servers share a port that both of them share', async () => {
  const { server } = await echoServer({ ...anywhere, reusePort: true });
  const address = { type: 'tcp', host: '127.0.0.1', port: server.port ?? 0 } as const;
  const { server: other } = await echoServer({ address, reusePort: true });
  expect(other.port).toBe(server.port);
  await expect(echoServer({ address })).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
});

it.skipIf(hasReusePort)('a Node that has no reusePort says so, and does not listen', async () => {
  await expect(echoServer({ ...anywhere, reusePort: true })).rejects.toMatchObject({
    code: 'NO_REUSE_PORT',
    message: `reusePort: expected Node 22.12, 23.1 or later, found ${process.version}`,
  });
});

it('a UNIX socket has no port to share', async () => {
  const { server } = await echoServer({ address: { type: 'unix', path: `${folder()}/s` }, reusePort: true });
  expect(server.port).toBeUndefined();
});
