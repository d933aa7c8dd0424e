import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectTo } from '../src/index.ts';
import { echoServer, folder } from './sockets.ts';

describe('connectTo', () => {
  it('connects over TCP and UNIX sockets', async () => {
    const { server } = await echoServer();
    const path = `${folder()}/s`;
    await echoServer({ address: { type: 'unix', path } });
    for (const address of [
      { type: 'tcp', host: '127.0.0.1', port: server.port ?? 0 },
      { type: 'unix', path },
    ] as const) {
      const socket = await connectTo(address, { timeout: 5000 });
      socket.end('hello\n');
      const chunks: unknown[] = [];
      for await (const chunk of socket) chunks.push(chunk);
      expect(chunks.join('')).toBe('hello\n');
    }
  });

  it('names the address that refuses', async () => {
    const { server } = await echoServer();
    const port = server.port ?? 0;
    await server.close();
    await expect(connectTo({ type: 'tcp', host: '127.0.0.1', port }, { timeout: 5000 })).rejects.toThrow(
      expect.objectContaining({
        code: 'CONNECT_FAILED',
        side: 'peer',
        statusHint: 502,
        message: expect.stringContaining(`127.0.0.1:${port}`),
      }),
    );
    const path = `${folder()}/none`;
    await expect(connectTo({ type: 'unix', path }, { timeout: 5000 })).rejects.toThrow(`unix:${path}`);
  });

  it('gives up after its timeout', async () => {
    // A process that never accepts: once its short queue is full, Linux leaves further SYNs unanswered.
    const program = `const server = require('net').createServer();
      server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
        require('fs').writeSync(1, String(server.address().port));
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      });`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [port] = await once(child.stdout, 'data');
    const queued: Socket[] = [];
    onTestFinished(() => queued.forEach((socket) => socket.destroy()));
    const fill = async (): Promise<void> => {
      for (let count = 0; count < 20; count++) {
        queued.push(await connectTo({ type: 'tcp', host: '127.0.0.1', port: Number(port) }, { timeout: 100 }));
      }
    };
    await expect(fill()).rejects.toThrow(expect.objectContaining({ code: 'CONNECT_TIMEOUT', statusHint: 502 }));
  });

  it('does not connect to a descriptor', async () => {
    await expect(connectTo({ type: 'fd', fd: 3 }, { timeout: 30 })).rejects.toThrow(
      expect.objectContaining({ code: 'BAD_ADDRESS' }),
    );
  });
});
