import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { encodeBeginRequest, encodePairs, encodeRecord } from '@tsgi/fcgi-backend';
import { encodeScgiHeader } from '@tsgi/scgi-backend';
import { expect, onTestFinished, test } from 'vitest';

// A process that computed for long, or was stopped within it, finds its timers due before it has read what came in time.

const PARAMS = 4;
const STDIN = 5;
const VARIABLES = [
  'REQUEST_METHOD',
  'POST',
  'REQUEST_URI',
  '/',
  'SCRIPT_NAME',
  '',
  'PATH_INFO',
  '/',
  'SERVER_NAME',
  'x',
];
const REST = ['SERVER_PORT', '80', 'SERVER_PROTOCOL', 'HTTP/1.1', 'QUERY_STRING', ''];

const params = Buffer.from(encodePairs([...VARIABLES, 'CONTENT_LENGTH', '6', ...REST]));
const scgiHeader = Buffer.from(encodeScgiHeader([...VARIABLES, ...REST], 6));
const begin = Buffer.from(encodeBeginRequest(1, 1, 1));
const record = (type: number, content: string | Uint8Array): Buffer =>
  Buffer.concat([encodeRecord(type, 1, Buffer.from(content))].flat());

const HTTP_GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const HTTP_POST = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n';

/** What is sent before the process is stopped, and while it is; the first part's answer, if it is one. */
const CASES: [string, 0 | 1 | 2, string | Buffer, string | Buffer, RegExp][] = [
  ['HTTP: the next request of a kept connection', 0, HTTP_GET, HTTP_POST + 'abcdef', /got 0.*got 6$/s],
  ['HTTP: the rest of a head', 0, HTTP_POST.slice(0, 20), `${HTTP_POST.slice(20)}abcdef`, /got 6$/],
  ['HTTP: the rest of a body', 0, `${HTTP_POST}abc`, 'def', /got 6$/],
  [
    'FastCGI: the rest of PARAMS',
    1,
    begin,
    Buffer.concat([record(PARAMS, params), record(PARAMS, ''), record(STDIN, 'abcdef'), record(STDIN, '')]),
    /got 6/,
  ],
  [
    'FastCGI: the rest of a body',
    1,
    Buffer.concat([begin, record(PARAMS, params), record(PARAMS, ''), record(STDIN, 'abc')]),
    Buffer.concat([record(STDIN, 'def'), record(STDIN, '')]),
    /got 6/,
  ],
  [
    'SCGI: the rest of a header',
    2,
    scgiHeader.subarray(0, 9),
    Buffer.concat([scgiHeader.subarray(9), Buffer.from('abcdef')]),
    /got 6$/,
  ],
  ['SCGI: the rest of a body', 2, Buffer.concat([scgiHeader, Buffer.from('abc')]), 'def', /got 6$/],
];

interface BusyServer {
  readonly ports: number[];
  /** Resolves when it computes, for longer than any of its times. */
  compute(): Promise<void>;
}

async function startServer(): Promise<BusyServer> {
  const child = fork(fileURLToPath(new URL('server.js', import.meta.url)));
  onTestFinished(() => void child.kill('SIGKILL'));
  const [ports] = (await once(child, 'message')) as [number[]];
  return {
    ports,
    async compute() {
      open(ports[0]).write('GET /compute HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(child, 'message');
    },
  };
}

function open(port = 0): Socket {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return socket;
}

test('what arrived in time is read before anything is late, on every wire', async () => {
  const { ports, compute } = await startServer();
  const talks = CASES.map(([name, wire, before, meanwhile, expected]) => {
    const talk = { name, socket: open(ports[wire]), text: '', meanwhile, expected };
    talk.socket.on('data', (bytes) => {
      talk.text += String(bytes);
    });
    talk.socket.write(before);
    return talk;
  });
  await expect.poll(() => talks[0]?.text).toMatch(/got 0$/);
  await compute();
  for (const { socket, meanwhile } of talks) socket.write(meanwhile);
  await expect
    .poll(() => talks.filter(({ text, expected }) => !expected.test(text)).map(({ name, text }) => `${name}: ${text}`))
    .toEqual([]);
});

test('what did not arrive is late all the same', async () => {
  const { ports, compute } = await startServer();
  const closed = CASES.slice(0, 2).map(async ([, wire, before]) => {
    const socket = open(ports[wire]);
    socket.resume();
    socket.write(before);
    await once(socket, 'close');
  });
  await compute();
  await Promise.all(closed);
});
