import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { App, Header } from '../src/index.ts';
import { bytes, Conversation } from './scripted-writer.ts';

/** What an application does, one step after the other. */
type Step =
  | { type: 'start'; status: string; length: number | undefined; excInfo: boolean }
  | { type: 'chunk'; size: number }
  | { type: 'junk' }
  | { type: 'throw' }
  | { type: 'tick' };

interface Plan {
  isHead: boolean;
  /** Before the application returns: chunks are written. */
  calls: Step[];
  /** Within its body: chunks are yielded. */
  steps: Step[];
  isAsyncApp: boolean;
  kind: 'generator' | 'async' | 'array' | 'nothing';
  catches: boolean;
  hooks: number;
  closeFails: boolean;
  /** Answers of the wire, in turn; true for ever after. */
  accepts: boolean[];
  /** The peer goes at this many ticks, or never. */
  gone: number | undefined;
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('chunk' as const), size: fc.nat(4) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('start' as const),
      status: fc.constantFrom(
        '200 OK',
        '200 OK',
        '404 Not Found',
        '204 No Content',
        '304 Not Modified',
        'bad',
        '100 Continue',
      ),
      length: fc.option(fc.nat(8), { nil: undefined }),
      excInfo: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ type: 'tick' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'junk' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'throw' as const }) },
);

const start: fc.Arbitrary<Step[]> = fc.oneof(
  fc.constant<Step[]>([]),
  fc
    .record({
      type: fc.constant('start' as const),
      status: fc.constantFrom('200 OK', '204 No Content'),
      length: fc.option(fc.nat(8), { nil: undefined }),
      excInfo: fc.constant(false),
    })
    .map((first) => [first]),
);

const plan: fc.Arbitrary<Plan> = fc.record({
  isHead: fc.boolean(),
  calls: fc.tuple(start, fc.array(step, { maxLength: 4 })).map(([first, rest]) => first.concat(rest)),
  steps: fc.array(step, { maxLength: 6 }),
  isAsyncApp: fc.boolean(),
  kind: fc.constantFrom('generator', 'async', 'array', 'nothing'),
  catches: fc.boolean(),
  hooks: fc.nat(2),
  closeFails: fc.boolean(),
  accepts: fc.array(fc.boolean(), { maxLength: 8 }),
  gone: fc.option(fc.nat(6), { nil: undefined }),
});

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Failure extends Error {}

/** What happened, to be compared with what may happen. */
interface Trace {
  closed: number;
  hooks: number;
  bodies: number;
  signal: AbortSignal | undefined;
}

function application(planned: Plan, trace: Trace): App {
  return (environ, startResponse) => {
    trace.signal = environ['tsgi.signal'];
    for (let hook = 0; hook < planned.hooks; hook++) {
      environ['tsgi.after_response'].push(() => {
        trace.hooks++;
        throw new Failure('hook');
      });
    }
    let write: ReturnType<typeof startResponse> | undefined;
    const guarded = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        if (!planned.catches) throw error;
      }
    };
    const perform = (one: Step): Uint8Array | undefined => {
      if (one.type === 'chunk') return bytes('x'.repeat(one.size));
      if (one.type === 'throw') throw new Failure('planned');
      if (one.type === 'junk') return 'junk' as unknown as Uint8Array;
      if (one.type === 'start') {
        const headers: Header[] = one.length === undefined ? [] : [['Content-Length', String(one.length)]];
        guarded(() => {
          write = startResponse(one.status, headers, one.excInfo ? new Failure('excInfo') : undefined);
        });
      }
      return undefined;
    };
    const send = (one: Step): void => {
      const chunk = perform(one);
      if (chunk !== undefined && write !== undefined) guarded(() => void write?.(chunk));
    };
    const body = (): Iterable<Uint8Array> | AsyncIterable<Uint8Array> => {
      trace.bodies++;
      const iterable = iterate(planned, perform);
      return Object.assign(iterable, {
        close() {
          trace.closed++;
          if (planned.closeFails) throw new Failure('close');
        },
      });
    };
    if (!planned.isAsyncApp) {
      for (const one of planned.calls) send(one);
      return body();
    }
    return (async () => {
      for (const one of planned.calls) {
        if (one.type === 'tick') await tick();
        send(one);
      }
      return body();
    })();
  };
}

function iterate(
  planned: Plan,
  perform: (one: Step) => Uint8Array | undefined,
): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  switch (planned.kind) {
    case 'generator':
      return (function* () {
        for (const one of planned.steps) {
          const chunk = perform(one);
          if (chunk !== undefined) yield chunk;
        }
      })();
    case 'async':
      return (async function* () {
        for (const one of planned.steps) {
          if (one.type === 'tick') await tick();
          const chunk = perform(one);
          if (chunk !== undefined) yield chunk;
        }
      })();
    case 'array':
      return planned.steps.flatMap((one) => (one.type === 'chunk' ? [bytes('x'.repeat(one.size))] : []));
    default:
      return [];
  }
}

/** Runs a plan to its end. */
async function play(planned: Plan): Promise<{ conversation: Conversation; trace: Trace; wentAt: boolean }> {
  const trace: Trace = { closed: 0, hooks: 0, bodies: 0, signal: undefined };
  const conversation = new Conversation(application(planned, trace), { method: planned.isHead ? 'HEAD' : 'GET' });
  const answers = [...planned.accepts];
  conversation.writer.accepts = () => answers.shift() ?? true;
  conversation.run();
  let wentAt = false;
  for (let turn = 0; turn < 60 && !conversation.writer.isFinished; turn++) {
    if (turn === planned.gone) {
      wentAt = !conversation.exchange.responseEnded;
      conversation.abort();
    }
    if (turn % 2 === 1) conversation.writer.drain();
    await tick();
  }
  await conversation.finished();
  if (planned.gone !== undefined && !wentAt) conversation.abort();
  return { conversation, trace, wentAt };
}

describe('any application on any wire', () => {
  it('keeps the contract of the wire, and tears down once', async () => {
    const rejections: unknown[] = [];
    const note = (error: unknown): void => {
      rejections.push(error);
    };
    process.on('unhandledRejection', note);
    try {
      await fc.assert(
        fc.asyncProperty(plan, async (planned) => {
          const { conversation, trace, wentAt } = await play(planned);
          const { writer } = conversation;
          expect(writer.breaches).toEqual([]);
          const ends = writer.calls.filter(
            (call) => call === 'end' || call === 'abort' || (call.startsWith('head') && call.endsWith(' end')),
          );
          expect(ends).toHaveLength(wentAt ? 0 : 1);
          expect(writer.calls.at(-1)).toBe('finished');
          expect(trace.closed).toBe(trace.bodies);
          expect(trace.hooks).toBe(planned.hooks);
          expect(trace.signal?.aborted).toBe(wentAt);
          // R81: a response that looks complete is as long as it said.
          const announced = writer.head?.hasBody === true ? writer.head.contentLength : -1;
          if (announced !== -1 && !wentAt && !writer.calls.includes('abort')) expect(writer.sent).toBe(announced);
          // R82: the header says what the head says.
          const header = conversation.header('Content-Length');
          expect(header === undefined ? -1 : Number(header)).toBe(writer.head?.contentLength ?? -1);
        }),
        { numRuns: 600 },
      );
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(rejections).toEqual([]);
  });

  it('sends the same bytes, however the body is cut into chunks', async () => {
    const cuts = fc.array(fc.nat(30), { maxLength: 6 });
    const kind = fc.constantFrom('array', 'generator', 'async', 'write');
    await fc.assert(
      fc.asyncProperty(
        fc.string({ maxLength: 30 }),
        cuts,
        kind,
        fc.array(fc.boolean(), { maxLength: 6 }),
        async (text, places, how, accepts) => {
          const content = bytes(text);
          const sorted = places.map((place) => Math.min(place, content.length)).toSorted((one, other) => one - other);
          const chunks = [0, ...sorted].map((from, index) => content.slice(from, sorted[index] ?? content.length));
          const conversation = new Conversation(async (_environ, startResponse) => {
            const write = startResponse('200 OK', []);
            if (how === 'array') return chunks;
            if (how === 'generator') return chunks.values();
            if (how === 'write') {
              for (const chunk of chunks) void write(chunk);
              return [];
            }
            return (async function* () {
              for (const chunk of chunks) {
                await tick();
                yield chunk;
              }
            })();
          });
          const answers = [...accepts];
          conversation.writer.accepts = () => answers.shift() ?? true;
          conversation.run();
          while (!conversation.writer.isFinished) {
            conversation.writer.drain();
            await tick();
          }
          expect(Buffer.concat(conversation.writer.chunks)).toEqual(Buffer.from(content));
          expect(conversation.writer.breaches).toEqual([]);
          expect(conversation.errors).toBe('');
        },
      ),
    );
  });
});
