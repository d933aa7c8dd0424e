import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { connectTo } from '../src/index.ts';
import { folder } from './sockets.ts';

/** In a process of its own: it answers and closes while this one reads nothing. */
const SERVER = `
  require('node:net').createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write('no more', () => socket.destroy()));
    socket.once('close', () => require('node:fs').writeFileSync(process.argv[1] + '.closed', ''));
  }).listen(process.argv[1], () => process.stdout.write('listening'));
`;

it('a write that fails loses nothing of what the server has answered', async () => {
  const path = `${folder()}/s`;
  const child = spawn(process.execPath, ['-e', SERVER, path]);
  onTestFinished(() => void child.kill());
  await once(child.stdout, 'data');
  const socket = await connectTo({ type: 'unix', path }, { timeout: 5000 });
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString();
  });
  socket.on('error', () => {});
  socket.write('request');
  // Blocks the event loop: nothing is read before the next write.
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < 10_000 && !existsSync(`${path}.closed`); waited += 10) Atomics.wait(pause, 0, 0, 10);
  await new Promise<void>((resolve) => {
    socket.write('body', () => resolve());
  });
  expect(socket.refused).toBe(true);
  if (!socket.closed) await once(socket, 'close');
  expect(received).toBe('no more');
});
