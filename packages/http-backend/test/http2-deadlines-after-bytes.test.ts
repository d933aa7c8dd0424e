import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { serve, type ServeOptions } from '../src/index.ts';
import {
  dataFrame,
  END_HEADERS,
  END_STREAM,
  GET,
  headersFrame,
  POST,
  PREFACE,
  settingsFrame,
} from './support/http2-frames.ts';
import { bytes, echo } from './support/serving.ts';

/** A client on a thread of its own, which goes on while this one computes. It sends, waits, sends, and tells what came. */
const CLIENT = `
const { connect } = require('node:net');
const { parentPort, workerData } = require('node:worker_threads');
const socket = connect(workerData.port, '127.0.0.1');
let received = '';
socket.on('error', () => {});
socket.on('data', (chunk) => { received += chunk.toString('latin1'); });
socket.write(workerData.first, () => {
  parentPort.postMessage('sent');
  setTimeout(() => socket.write(workerData.second), 400);
});
setTimeout(() => { parentPort.postMessage(received); socket.destroy(); }, 3000);
`;

function compute(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

const opening = Buffer.concat([Buffer.from(PREFACE), settingsFrame()]);
const get = (stream: number): Buffer => headersFrame(stream, END_STREAM + END_HEADERS, GET);

test.each<[string, ServeOptions, first: Buffer, second: Buffer, answers: number]>([
  [
    'requestTimeout',
    { requestTimeout: 500 },
    Buffer.concat([opening, headersFrame(1, END_HEADERS, POST), dataFrame(1, 0, bytes('ab'))]),
    dataFrame(1, END_STREAM, bytes('cd')),
    1,
  ],
  ['keepAliveTimeout', { keepAliveTimeout: 500 }, Buffer.concat([opening, get(1)]), get(3), 2],
  ['headersTimeout', { headersTimeout: 500 }, opening, get(1), 1],
])(
  '%s: what came in time is read before the time is over, after a long computation',
  async (_name, options, first, second, answers) => {
    const server = await serve(echo, { port: 0, h2c: true, errors: () => {}, ...options });
    const client = new Worker(CLIENT, { eval: true, workerData: { port: server.port, first, second } });
    await once(client, 'message');
    const received = once(client, 'message') as Promise<[string]>;
    await new Promise((resolve) => setTimeout(resolve, 200));
    compute(1_500);
    // Each answer is a frame that names its path.
    expect((await received)[0].split(/POST \/ \[abcd\]|GET \/ \[\]/)).toHaveLength(answers + 1);
    await client.terminate();
    await server.close({ grace: 0 });
  },
  30_000,
);
