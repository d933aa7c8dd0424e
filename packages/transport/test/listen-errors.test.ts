import { describe, expect, it } from 'vitest';
import { echoServer, folder } from './sockets.ts';

describe('a server that cannot listen', () => {
  it('names an occupied port', async () => {
    const { server } = await echoServer();
    const port = server.port ?? 0;
    await expect(echoServer({ address: { type: 'tcp', host: '127.0.0.1', port } })).rejects.toThrow(
      expect.objectContaining({ code: 'ADDRESS_IN_USE', message: `echo://127.0.0.1:${port} is already in use` }),
    );
  });

  it('names a host that is not ours', async () => {
    await expect(echoServer({ address: { type: 'tcp', host: '192.0.2.1', port: 0 } })).rejects.toThrow(
      expect.objectContaining({
        code: 'LISTEN_FAILED',
        message: 'cannot listen on echo://192.0.2.1:0: address not available (EADDRNOTAVAIL)',
      }),
    );
  });

  it('names what a UNIX socket lacks: its folder', async () => {
    const path = `${folder()}/missing/s`;
    await expect(echoServer({ address: { type: 'unix', path } })).rejects.toThrow(
      expect.objectContaining({
        code: 'LISTEN_FAILED',
        message: `cannot listen on echo+unix:${path}: no such file or directory (ENOENT)`,
      }),
    );
  });

  it('refuses a port beyond 16 bits', async () => {
    await expect(echoServer({ address: { type: 'tcp', host: '127.0.0.1', port: 65_536 } })).rejects.toThrow(
      expect.objectContaining({ code: 'BAD_ADDRESS' }),
    );
  });

  it('listens on every interface for an empty host', async () => {
    const { server } = await echoServer({ address: { type: 'tcp', host: '', port: 0 } });
    expect(server.address).toMatch(/^echo:\/\/(\[::\]|0\.0\.0\.0):\d+$/);
  });
});
