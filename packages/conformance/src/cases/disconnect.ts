import type { Write } from '@tsgi/core';
import type { CaseApp, CaseGroup, ConformanceCase } from '../run/case.ts';
import { ok, TEXT, utf8 } from '../run/case-apps.ts';
import type { Stage } from '../wires/stage.ts';

const BLOCK = Buffer.alloc(65_536, 'x');
const MOST_WRITTEN = 300;

/** Waits for bytes of the answer, goes away, and waits until the application knows. */
async function leaveAfter(
  stage: Stage,
  bytes: number,
  lastEvent: string,
  how: 'leave' | 'close' = 'leave',
): Promise<undefined> {
  const peer = await stage.open();
  peer.sendHead();
  peer.endBody();
  if (bytes > 0) await peer.until(({ body }) => body.byteLength >= bytes);
  else await stage.report(({ events }) => events.includes('waiting'));
  peer.channel[how]();
  await stage.report(({ events }) => events.includes(lastEvent));
  return undefined;
}

function leaving(
  name: string,
  rule: string,
  bytes: number,
  app: CaseApp,
  events: readonly string[],
  wires?: ConformanceCase['wires'],
): ConformanceCase {
  return {
    name,
    rule,
    ...(wires === undefined ? {} : { wires }),
    app,
    talk: (stage) => leaveAfter(stage, bytes, events.at(-1) ?? ''),
    expect: { unanswered: true, events },
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Streams until its peer is gone, and writes down each step of the teardown. */
const streaming: CaseApp = (environ, startResponse, trace) => {
  environ['tsgi.signal'].addEventListener('abort', () => trace.event('signal'), { once: true });
  environ['tsgi.after_response'].push(() => trace.event('after'));
  ok(startResponse);
  const iterator: AsyncIterator<Uint8Array> = {
    next: async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return { done: false, value: BLOCK };
    },
    return: async () => {
      trace.event('return');
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator, close: () => trace.event('close') };
};

/** Waits, when its first chunk is out, for the signal alone: nothing is written that could fail. */
const waiting: CaseApp = (environ, startResponse, trace) => {
  const signal = environ['tsgi.signal'];
  ok(startResponse);
  return (async function* body() {
    try {
      yield utf8('first');
      trace.event('waiting');
      await untilAborted(signal);
      trace.event('signal');
    } finally {
      trace.event('finally');
    }
  })();
};

/** Answers nothing before it hears that nobody wants an answer. */
const silent: CaseApp = async (environ, startResponse, trace) => {
  const signal = environ['tsgi.signal'];
  trace.event('waiting');
  await untilAborted(signal);
  const reason: unknown = signal.reason;
  trace.note('reason', reason instanceof Error ? reason.name : typeof reason);
  trace.event('signal');
  try {
    const write: Write = startResponse('200 OK', [...TEXT]);
    trace.event('start');
    await write(utf8('nobody'));
    trace.event('written');
  } catch (error) {
    trace.event(error instanceof Error ? error.name : 'other');
  }
  return Object.assign([utf8('nobody')], { close: () => trace.event('close') });
};

const writingOn: CaseApp = async (environ, startResponse, trace) => {
  const write = startResponse('200 OK', [...TEXT]);
  try {
    // A `write` that always resolves is to be caught, and not to fill the memory of the process that judges it.
    for (let count = 0; count < MOST_WRITTEN; count++) {
      await write(BLOCK);
      // What is not awaited must not end the process when it rejects (R87).
      void write(BLOCK);
    }
    trace.event('written to the end');
  } catch (error) {
    trace.event(error instanceof Error ? error.name : 'other');
    trace.note('aborted', environ['tsgi.signal'].aborted);
  }
  return [];
};

function finishing(name: string, rule: string, app: CaseApp): ConformanceCase {
  return {
    name,
    rule,
    app,
    talk: async (stage) => {
      const peer = await stage.open();
      peer.sendHead();
      peer.endBody();
      const answer = await peer.finish();
      peer.channel.close();
      await stage.report(({ events }) => events.includes('after'));
      return answer;
    },
    // 'late' is written down well after the teardown.
    expect: { status: 200, body: 'whole', events: ['after', 'late'], notes: { signal: false } },
  };
}

function watchingSignal(body: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>): CaseApp {
  return (environ, startResponse, trace) => {
    const signal = environ['tsgi.signal'];
    signal.addEventListener('abort', () => trace.event('signal'), { once: true });
    environ['tsgi.after_response'].push(async () => {
      trace.event('after');
      await new Promise((resolve) => setTimeout(resolve, 50));
      trace.note('signal', signal.aborted);
      trace.event('late');
    });
    ok(startResponse);
    return body();
  };
}

const WAITED = ['waiting', 'signal', 'finally'];
const SILENCED = ['waiting', 'signal', 'start', 'AbortError', 'close'];

/** The peer goes away: a signal, never an error, and the same teardown (R18, R79, R87, R98). */
export const disconnect: CaseGroup = {
  hazard: 'Peers that go away',
  cases: [
    leaving('teardown-after-a-disconnect-is-in-order', 'R15, R98', 100_000, streaming, [
      'signal',
      'return',
      'close',
      'after',
    ]),
    {
      ...leaving('the-signal-fires-while-a-body-waits', 'R18', 5, waiting, WAITED, ['socket']),
      needsReset: true,
    },
    {
      ...leaving('the-signal-fires-before-there-is-an-answer', 'R18, R79', 0, silent, SILENCED, ['socket']),
      expect: { unanswered: true, events: SILENCED, notes: { reason: 'AbortError' } },
      needsReset: true,
    },
    {
      ...leaving('the-signal-fires-when-a-waiting-client-closes', 'R18, R79', 0, silent, SILENCED, [
        'http',
        'http2',
        'fcgi',
      ]),
      talk: (stage) => leaveAfter(stage, 0, 'close', 'close'),
    },
    {
      ...leaving('write-rejects-when-the-peer-is-gone', 'R79, R87', 100_000, writingOn, ['AbortError']),
      expect: { unanswered: true, events: ['AbortError'], notes: { aborted: true } },
    },
    {
      name: 'a-server-outlives-its-peers',
      rule: 'R79',
      wires: ['socket'],
      app: streaming,
      talk: async (stage) => {
        for (let count = 0; count < 5; count++) {
          const peer = await stage.open();
          peer.sendHead();
          peer.endBody();
          await peer.until(({ body }) => body.byteLength >= 1000);
          peer.channel.leave();
        }
        const report = await stage.report(({ events }) => events.filter((event) => event === 'after').length === 5);
        stage.note('closed', report.events.filter((event) => event === 'close').length);
        return undefined;
      },
      expect: { unanswered: true, client: { closed: 5 }, calls: 5 },
    },
    finishing(
      'the-signal-does-not-fire-after-an-answer',
      'R18',
      watchingSignal(() => [utf8('whole')]),
    ),
    finishing(
      'the-signal-does-not-fire-after-a-streamed-answer',
      'R18',
      watchingSignal(async function* body() {
        yield utf8('who');
        await Promise.resolve();
        yield utf8('le');
      }),
    ),
  ],
};
