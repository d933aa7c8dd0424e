import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { callApp } from '@tsgi/core/testing';
import { expect, onTestFinished, test } from 'vitest';
import { gateway } from '../src/index.ts';
import { socketPath } from './wire.ts';

/** In a process of its own, so that it answers and closes at any moment of ours. */
const SERVER = `
  const [path, answer] = process.argv.slice(1);
  require('node:net').createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(Buffer.from(answer, 'base64'), () => socket.destroy()));
  }).listen(path, () => process.stdout.write('listening'));
`;

// A write after that fails, and Node drops with the socket the answer that it has not read yet.
test.each([50_000, 1_000_000])(
  'a server that answers and closes before it has read a body of %i bytes is heard',
  async (size) => {
    const path = socketPath();
    const answer = Buffer.from('Status: 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
    const child = spawn(process.execPath, ['-e', SERVER, path, answer.toString('base64')]);
    onTestFinished(() => void child.kill());
    await once(child.stdout, 'data');
    const app = gateway({ address: { type: 'unix', path } });
    const body = 'x'.repeat(size);
    for (let round = 0; round < 40; round++) {
      const response = await callApp(app, { method: 'POST', body });
      expect([response.status, response.text, response.complete]).toEqual(['401 Unauthorized', 'no', true]);
    }
  },
);
