import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { callApp } from '@tsgi/core/testing';
import { gateway as fcgi, serve as serveFcgi } from '@tsgi/fcgi-backend';
import { gateway as scgi, serve as serveScgi } from '@tsgi/scgi-backend';
import { describe, expect, it, onTestFinished } from 'vitest';

/** A process that never accepts, on all addresses of this machine: its short queue is full, and Linux leaves further SYNs unanswered. */
async function silentPort(): Promise<number> {
  const program = `const server = require('net').createServer();
    server.listen({ port: 0, host: '0.0.0.0', backlog: 1 }, () => {
      require('fs').writeSync(1, String(server.address().port));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [text] = await once(child.stdout, 'data');
  const port = Number(text);
  const queued: Socket[] = [];
  onTestFinished(() => queued.forEach((socket) => socket.destroy()));
  for (let isFull = false; !isFull;) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    queued.push(socket);
    isFull = await Promise.race([
      once(socket, 'connect').then(() => false),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 300)),
    ]);
  }
  return port;
}

describe.each(['fcgi', 'scgi'] as const)('%s', (wire) => {
  const gateway = wire === 'fcgi' ? fcgi : scgi;

  it.each(['GET', 'POST'])('%s: a target that nothing is heard of leaves time for another', async (method) => {
    const port = await silentPort();
    const server = await (wire === 'fcgi' ? serveFcgi : serveScgi)(
      (_environ, startResponse) => {
        startResponse('200 OK', [['Content-Type', 'text/plain']]);
        return [Buffer.from('answer')];
      },
      { port: 0, errors: () => {} },
    );
    onTestFinished(() => void server.close({ grace: 1 }));
    const address = [`127.0.0.1:${port}`, `127.0.0.1:${String(server.port)}`];
    const app = gateway({ address, connectTimeout: 1500 });
    expect((await callApp(app, { method })).text).toBe('answer');
    expect(app.targets.map(({ state, requests }) => [state, requests])).toEqual([
      ['out', 1],
      ['up', 1],
    ]);
  });

  it('several of them share the time that one request may spend on connecting', async () => {
    const port = await silentPort();
    const app = gateway({ address: [1, 2, 3].map((last) => `127.0.0.${last}:${port}`), connectTimeout: 800 });
    const { status, errors } = await callApp(app);
    expect(status).toBe('502 Bad Gateway');
    expect(errors).toMatch(/127\.0\.0\.1:\d+ within 400 ms/);
    const waits = [...errors.matchAll(/127\.0\.0\.[23]:\d+ within (\d+) ms/g)].map(([, wait]) => Number(wait));
    expect(waits.length).toBeGreaterThan(0);
    // Whatever the machine was late by is taken off.
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(200);
  });
});
