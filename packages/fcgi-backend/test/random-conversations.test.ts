import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { App } from '@tsgi/core';
import { hello, HELLO, start } from './peer.ts';
import { ABORT, begin, pairs, PARAMS, record, request, STDIN } from './records.ts';

/** One request of a conversation, as the records that it is sent in. */
interface Script {
  readonly path: '/echo' | '/early' | '/slow' | '/fail' | '/lazy';
  readonly body: number;
  readonly pieces: number;
  /** ABORT_REQUEST is sent instead of the record of this number, and nothing after it. */
  readonly abortAt: number;
}

const script: fc.Arbitrary<Script> = fc.record({
  path: fc.constantFrom('/echo', '/early', '/slow', '/fail', '/lazy'),
  body: fc.constantFrom(0, 1, 1_000, 70_000, 200_000),
  pieces: fc.integer({ min: 1, max: 4 }),
  abortAt: fc.oneof({ weight: 3, arbitrary: fc.constant(Infinity) }, { weight: 1, arbitrary: fc.nat(7) }),
});

const app: App = async (environ, startResponse) => {
  if (environ.PATH_INFO === '/slow') await new Promise((resolve) => setTimeout(resolve, 5));
  if (environ.PATH_INFO === '/fail') throw new Error('of the application');
  if (environ.PATH_INFO === '/early') return hello(environ, startResponse);
  if (environ.PATH_INFO === '/lazy') await new Promise((resolve) => setTimeout(resolve, 20));
  const body = await environ['tsgi.input'].read();
  startResponse('200 OK', []);
  return [body];
};

function records(id: number, { path, body, pieces, abortAt }: Script): Buffer[] {
  const params = pairs({ REQUEST_METHOD: 'POST', PATH_INFO: path, CONTENT_LENGTH: String(body) });
  const all = [begin(id, 1, 1), record(PARAMS, id, params.subarray(0, 9)), record(PARAMS, id, params.subarray(9))];
  all.push(record(PARAMS, id));
  const size = Math.ceil(body / pieces);
  for (let at = 0; at < body; at += size) {
    for (let from = at; from < Math.min(body, at + size); from += 60_000) {
      all.push(record(STDIN, id, Buffer.alloc(Math.min(60_000, Math.min(body, at + size) - from), id)));
    }
  }
  all.push(record(STDIN, id));
  return abortAt >= all.length || abortAt === 0 ? all : [...all.slice(0, abortAt), record(ABORT, id)];
}

test('whatever is interleaved on a connection, each request ends once, and whole if nobody aborted it', async () => {
  const { connect, log } = await start(app, { maxActiveRequests: 8 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(script, { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(5), { maxLength: 60 }),
      async (scripts, order) => {
        const peer = await connect();
        const queues = scripts.map((one, index) => records(index + 1, one));
        const sendNext = (index: number): void => {
          const next = queues[index % queues.length]?.shift();
          if (next !== undefined) peer.send(next);
        };
        for (const index of order) sendNext(index);
        for (const [index, queue] of queues.entries()) while (queue.length > 0) sendNext(index);
        for (const id of queues.keys()) await peer.end(id + 1);
        // The answer to this one shows that nothing else came.
        peer.send(record(9, 0));
        const events = await peer.until((found) => found.some((event) => event[0] === 'values'));
        const ends = events.filter((event) => event[0] === 'end').map((event) => event[1]);
        expect(ends.toSorted()).toEqual(scripts.map((_script, index) => index + 1));
        for (const [index, { path, body, abortAt }] of scripts.entries()) {
          if (abortAt !== Infinity) continue;
          const text = peer.stdout(index + 1);
          if (path === '/fail') expect(text).toMatch(/^Status: 500 /);
          else if (path === '/early') expect(text).toBe(HELLO);
          else expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe(String.fromCharCode(index + 1).repeat(body));
        }
        peer.socket.destroy();
      },
    ),
    { numRuns: 60 },
  );
  // Nothing is still counted: as many as may run at a time do.
  const peer = await connect();
  for (let id = 1; id <= 8; id++) peer.send(request({ id, params: { PATH_INFO: '/slow' } }));
  for (let id = 1; id <= 8; id++) await peer.end(id);
  expect(
    peer
      .events()
      .filter((event) => event[0] === 'end')
      .map((event) => event[3]),
  ).toEqual(Array.from({ length: 8 }, () => 0));
  expect(log.join('')).not.toContain('connection closed');
});
