import { countedBytes } from '@tsgi/core/server';
import type { CaseGroup, ConformanceCase } from '../run/case.ts';
import { answering, noting, ok, utf8 } from '../run/case-apps.ts';
import type { Stage } from '../wires/stage.ts';

const TRUNCATED = { name: 'AbortError', rest: true };

/** Reads until the body fails or ends, and writes down which. */
const readToTheEnd: ConformanceCase['app'] = noting(async (environ, trace) => {
  try {
    const body = await environ['tsgi.input'].read();
    trace.note('read', `ended after ${countedBytes(body.byteLength)}`);
  } catch (error) {
    trace.note('read', error instanceof Error ? error.name : typeof error);
  }
  trace.event('read');
});

const iterateToTheEnd: ConformanceCase['app'] = noting(async (environ, trace) => {
  let length = 0;
  try {
    for await (const chunk of environ['tsgi.input']) length += chunk.byteLength;
    trace.note('read', `ended after ${countedBytes(length)}`);
  } catch (error) {
    trace.note('read', error instanceof Error ? error.name : typeof error);
  }
  trace.note('length', length);
  trace.event('read');
});

async function sendHalf(stage: Stage, go: 'finish' | 'leave'): Promise<undefined> {
  const peer = await stage.open();
  peer.sendHead();
  peer.sendBody(utf8('half'));
  // A reset would overtake what was sent: the application has to have been called.
  await stage.report(({ calls }) => calls > 0);
  peer.channel[go]();
  await stage.report(({ events }) => events.includes('read'));
  return undefined;
}

function truncated(
  name: string,
  app: ConformanceCase['app'],
  go: 'finish' | 'leave',
  wires?: ConformanceCase['wires'],
): ConformanceCase {
  return {
    name,
    rule: 'R48',
    ...(wires === undefined ? {} : { wires }),
    app,
    request: { method: 'POST', length: 100 },
    talk: (stage) => sendHalf(stage, go),
    expect: { unanswered: true, events: ['read'], notes: { read: TRUNCATED.name } },
  };
}

function unread(name: string, length: number): ConformanceCase {
  return {
    name,
    rule: 'R53',
    app: answering('not read'),
    request: { method: 'POST', body: [Buffer.alloc(length, 'u')] },
    expect: { status: 200, body: 'not read' },
  };
}

/** Where the request body ends, and what happens when it does not, or is not wanted (R45, R48, R53). */
export const bodyBoundaries: CaseGroup = {
  hazard: 'Ends of the request body',
  cases: [
    truncated('a-body-cut-short-rejects', readToTheEnd, 'finish'),
    truncated('a-body-cut-short-rejects-an-iteration', iterateToTheEnd, 'finish'),
    truncated('a-body-whose-peer-left-rejects', readToTheEnd, 'leave', ['socket']),
    {
      ...truncated('a-body-of-unknown-length-cut-short-rejects', readToTheEnd, 'finish', ['http', 'fcgi']),
      request: { method: 'POST', length: null },
    },
    {
      name: 'a-body-that-ends-before-its-length-rejects',
      rule: 'R48',
      wires: ['fcgi'],
      app: readToTheEnd,
      request: { method: 'POST', body: ['half'], length: 100 },
      expect: { unanswered: true, complete: 'any', events: ['read'], notes: { read: 'AbortError' } },
    },
    {
      name: 'what-arrived-before-the-cut-can-be-read',
      rule: 'R48',
      app: iterateToTheEnd,
      request: { method: 'POST', length: 100 },
      talk: (stage) => sendHalf(stage, 'finish'),
      expect: { unanswered: true, events: ['read'], notes: { read: 'AbortError', length: 4 } },
    },
    {
      name: 'bytes-beyond-content-length-are-not-read',
      rule: 'R45',
      wires: ['meta-variables'],
      app: noting(async (environ, trace) => trace.note('body', (await environ['tsgi.input'].read()).byteLength)),
      request: { method: 'POST', body: ['exactly and more'], length: 7 },
      expect: { status: 200, body: 'seen', notes: { body: 7 } },
    },
    {
      name: 'a-content-length-of-zero-is-an-empty-body',
      rule: 'R45',
      app: noting(async (environ, trace) => trace.note('body', (await environ['tsgi.input'].read()).byteLength)),
      request: { method: 'POST', length: 0 },
      expect: { status: 200, body: 'seen', notes: { body: 0 } },
    },
    {
      name: 'a-body-of-unknown-length-ends-by-itself',
      rule: 'R50',
      wires: ['unknown-length'],
      app: noting(async (environ, trace) => {
        trace.note('length', environ.CONTENT_LENGTH ?? 'absent');
        trace.note('body', Buffer.from(await environ['tsgi.input'].read()).toString('latin1'));
      }),
      request: { method: 'POST', body: ['one ', 'two ', 'three'], length: null },
      expect: { status: 200, notes: { length: 'absent', body: 'one two three' } },
    },
    {
      name: 'an-end-is-not-waited-for-beyond-content-length',
      rule: 'R45',
      wires: ['length-ends-body'],
      app: noting(async (environ, trace) => {
        trace.note('body', Buffer.from(await environ['tsgi.input'].read()).toString('latin1'));
        trace.note('after', (await environ['tsgi.input'].read(1)).byteLength);
      }),
      request: { method: 'POST', length: 4 },
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        peer.sendBody(utf8('four'));
        return peer.finish();
      },
      expect: { status: 200, notes: { body: 'four', after: 0 } },
    },
    unread('a-small-body-need-not-be-read', 10),
    unread('a-large-body-need-not-be-read', 400_000),
    {
      name: 'half-a-body-may-be-read',
      rule: 'R53',
      app: async (environ, startResponse) => {
        const some = await environ['tsgi.input'].read(4);
        ok(startResponse);
        return [some];
      },
      request: { method: 'POST', body: ['half', 'r'.repeat(200_000)] },
      expect: { status: 200, body: 'half' },
    },
    {
      name: 'an-app-that-fails-without-reading-is-a-500',
      rule: 'R53, R77',
      app: () => {
        throw new Error('on purpose');
      },
      request: { method: 'POST', body: ['u'.repeat(200_000)] },
      expect: { status: 500 },
      breaks: 'R77',
    },
    {
      name: 'a-body-that-nobody-reads-is-not-taken-in-without-end',
      rule: 'R53',
      app: async (environ, startResponse, trace) => {
        // Begins to read, so that a server which waits for that is not let off.
        trace.note('first', (await environ['tsgi.input'].read(1)).byteLength);
        await trace.gate();
        ok(startResponse);
        return [utf8('waited')];
      },
      request: { method: 'POST', length: 200_000_000 },
      talk: async (stage) => {
        const peer = await stage.open();
        peer.sendHead();
        const piece = Buffer.alloc(1_000_000);
        for (let sent = 0; sent < 60; sent++) peer.sendBody(piece);
        await stage.report(({ notes }) => 'first' in notes);
        let taken = -1;
        while (peer.channel.accepted > taken) {
          taken = peer.channel.accepted;
          await new Promise((resolve) => setTimeout(resolve, 150));
        }
        stage.note('all of it was taken', taken >= 50_000_000);
        peer.channel.leave();
        await stage.openGate();
        return undefined;
      },
      expect: { unanswered: true, client: { 'all of it was taken': false } },
    },
  ],
};
