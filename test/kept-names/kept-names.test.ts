import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { encodeRecord, pairs } from './records.ts';

const PROGRAM = fileURLToPath(new URL('program.js', import.meta.url));
const MARK = ['sec', 'ret-'] as const;
const REQUESTS = 1000;
const MEGABYTE = 1_048_576;

type Headers = readonly (readonly [name: string, value: string])[];
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

async function start(
  wire: string,
): Promise<{ port: number; ask: (question: object) => Promise<{ held: number; secrets: number }> }> {
  const child = fork(PROGRAM, [wire], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  running.push(child);
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    ask: async (question) => {
      child.send(question);
      const [answer] = (await once(child, 'message')) as [{ held: number; secrets: number }];
      return answer;
    },
  };
}

const variable = (name: string): string => `HTTP_${name.toUpperCase().replaceAll('-', '_')}`;

const heads: Readonly<Record<string, (headers: Headers) => Buffer>> = {
  http: (headers) =>
    Buffer.from(
      `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
    ),
  scgi: (headers) => {
    const block = [
      ['CONTENT_LENGTH', '0'],
      ['SCGI', '1'],
      ['REQUEST_METHOD', 'GET'],
      ['REQUEST_URI', '/'],
      ...headers.map(([name, value]) => [variable(name), value]),
    ]
      .map(([name, value]) => `${name}\0${value}\0`)
      .join('');
    return Buffer.from(`${block.length}:${block},`);
  },
  fcgi: (headers) => {
    const params = pairs([
      ['REQUEST_METHOD', 'GET'],
      ['REQUEST_URI', '/'],
      ['SERVER_PROTOCOL', 'HTTP/1.1'],
      ...headers.map(([name, value]) => [variable(name), value] as const),
    ]);
    return Buffer.concat([
      encodeRecord(1, Buffer.of(0, 1, 0, 0, 0, 0, 0, 0)),
      encodeRecord(4, params),
      encodeRecord(4, Buffer.alloc(0)),
      encodeRecord(5, Buffer.alloc(0)),
    ]);
  },
};

/** One request on a connection of its own. @returns the answer. */
async function request(port: number, head: Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(head);
  let answer = '';
  for await (const chunk of socket) answer += (chunk as Buffer).toString('latin1');
  return answer;
}

const letters = (index: number): string =>
  String(index)
    .split('')
    .map((digit) => 'abcdefghij'[Number(digit)])
    .join('');

describe.each(['http', 'scgi', 'fcgi'])('what is remembered of names, over %s', (wire) => {
  const head = heads[wire];
  if (head === undefined) throw new Error(wire);

  test('holds nothing of the requests that they came with', { timeout: 120_000 }, async () => {
    const { port, ask } = await start(wire);
    const secret = (index: number): string => `${MARK.join('')}${String(index).padStart(6, '0')}`;
    // Each brings a name that nobody knows, and a cookie that nobody else may know.
    const send = (index: number, cookie: string): Promise<string> =>
      request(
        port,
        head([
          ['Cookie', `session=${cookie}; padding=${'p'.repeat(8000)}`],
          [`X-Name-Long-Enough-To-Be-Cut-Out-${letters(index)}`, 'value'],
          [letters(index), 'value'],
        ]),
      );
    for (let index = 0; index < 20; index++) await send(index, 'known');
    const before = await ask({});
    for (let index = 0; index < REQUESTS; index++) {
      const answer = await send(index, secret(index));
      if (index % 100 === 0) expect(answer).toContain(secret(index));
    }
    // What the engine itself keeps of the last text that it looked at is not the server's.
    for (let index = 0; index < 20; index++) await send(index, 'known');
    const after = await ask({ mark: MARK });
    expect(after.secrets).toBe(0);
    expect(after.held - before.held).toBeLessThan(3 * MEGABYTE);
  });

  test('is bounded in bytes, however long the names are', { timeout: 120_000 }, async () => {
    const { port, ask } = await start(wire);
    const long = (index: number): Buffer => head([[`X-${letters(index)}-${'n'.repeat(10_000)}`, 'value']]);
    for (let index = 0; index < 20; index++) await request(port, long(index));
    const before = await ask({});
    for (let index = 0; index < REQUESTS; index++) expect(await request(port, long(index))).toContain('none');
    expect((await ask({})).held - before.held).toBeLessThan(3 * MEGABYTE);
  });
});
