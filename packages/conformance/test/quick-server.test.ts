import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openPeer } from '../src/wires/open-peer.ts';

// It has answered and closed with the first bytes of a request.
const SERVER = `
require('node:net').createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', () => socket.end('Status: 200 OK\\r\\nContent-Type: text/plain\\r\\n\\r\\nquick', () => socket.destroy()));
}).listen(process.argv[1], () => console.log('listens'));`;

it('a server that has answered and closed before the kit says that there is no body is heard', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-quick-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'socket');
  const child = spawn(process.execPath, ['--eval', SERVER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const peer = await openPeer({ wire: 'scgi', path }, { tag: [] }, 10_000);
  onTestFinished(() => peer.channel.close());
  peer.sendHead();
  // This process is busy meanwhile, and has not read the answer.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  peer.endBody();
  expect(await peer.finish()).toMatchObject({ code: 200, complete: true });
});
