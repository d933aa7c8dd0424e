import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { callApp } from '@tsgi/core/testing';
import { gateway } from '../src/index.ts';
import { closing, socketPath } from './peer.ts';
import { end, stdout } from './upstream.ts';

/** In a process of its own, so that it answers and closes at any moment of ours. */
const APPLICATION = `
  const [path, answer] = process.argv.slice(1);
  require('node:net').createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(Buffer.from(answer, 'base64'), () => socket.destroy()));
  }).listen(path, () => process.stdout.write('listening'));
`;

// A write after that fails, and Node drops with the socket the answer that it has not read yet.
test.each([50_000, 1_000_000])(
  'an application that answers and closes before it has read a body of %i bytes is heard',
  async (size) => {
    const path = socketPath();
    const answer = Buffer.concat([stdout('Status: 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno'), end()]);
    const child = spawn(process.execPath, ['-e', APPLICATION, path, answer.toString('base64')]);
    closing({ close: () => child.kill() });
    await once(child.stdout, 'data');
    const app = gateway({ address: { type: 'unix', path } });
    const body = 'x'.repeat(size);
    for (let round = 0; round < 40; round++) {
      const response = await callApp(app, { method: 'POST', body });
      expect([response.status, response.text, response.complete]).toEqual(['401 Unauthorized', 'no', true]);
    }
  },
);
