import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../src/index.ts';
import { validator } from '../src/validator.ts';
import { hostile } from './hostile.ts';
import { bytes, Conversation, converse, settle, unchecked } from './scripted-writer.ts';

const stray: unknown[] = [];
const note = (reason: unknown): void => void stray.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.off('unhandledRejection', note));

/** What every request comes to, whatever its application did: one answer, whole or cut off, and the teardown. */
async function answered(app: App, what: string): Promise<void> {
  const conversation = new Conversation(app);
  expect(() => conversation.run(), what).not.toThrow();
  await conversation.finished();
  const { calls, breaches } = conversation.writer;
  expect(breaches).toEqual([]);
  expect(calls.at(-1)).toBe('finished');
  expect(calls[0]).toMatch(/^head \d{3} /);
  expect(calls.filter((call) => /end$|^abort$/.test(call)).length).toBe(1);
}

describe('an application that throws oddly', () => {
  it('R77: is answered, whatever it throws, returns, resolves, rejects, yields and passes on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(
          'throw',
          'return',
          'resolve',
          'reject',
          'write',
          'excInfo',
          'late excInfo',
          'status',
          'headers',
          'hook',
        ),
        fc.boolean(),
        fc.constantFrom('bare', 'validated', 'validated and told'),
        hostile,
        async (deed, starts, wrapped, value) => {
          const app = unchecked((environ, startResponse) => {
            const start = startResponse as unknown as (...given: unknown[]) => (chunk: unknown) => unknown;
            if (starts) start('200 OK', []);
            switch (deed) {
              case 'throw':
                throw value();
              case 'return':
                return value();
              case 'resolve':
                // Not a promise of it, which is another thing: for that, adopting it is the language's business.
                return Promise.resolve().then(value);
              case 'reject':
                // oxlint-disable-next-line prefer-promise-reject-errors
                return Promise.reject(value());
              case 'write':
                start('500 Internal Server Error', [], new Error('replaced'))(value());
                return [];
              case 'excInfo':
                start('500 Internal Server Error', [], value());
                return [];
              case 'late excInfo': {
                start('200 OK', [], new Error('first'))(bytes('a'));
                start('500 Internal Server Error', [], value());
                return [];
              }
              case 'status':
                start(value(), [], new Error('replaced'));
                return [];
              case 'headers':
                start('200 OK', value(), new Error('replaced'));
                return [];
              default:
                environ['tsgi.after_response'].push(value as () => void, value() as () => void);
                start('200 OK', [], new Error('replaced'));
                return [bytes('a')];
            }
          });
          const options = wrapped === 'validated' ? {} : { onViolation: () => {} };
          await answered(wrapped === 'bare' ? app : validator(app, options), deed);
        },
      ),
      { numRuns: 6000 },
    );
    await settle();
    expect(stray).toEqual([]);
  });

  it('R77: is answered once by a thenable that settles twice', async () => {
    let pulled = 0;
    const body = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          const done = ++pulled > 2;
          const promise = Promise.resolve({ done, value: bytes('a') });
          // A promise with a then of its own, which calls back again and again.
          return Object.defineProperty(promise, 'then', {
            value: (fulfilled: (step: unknown) => void) => {
              fulfilled({ done, value: bytes('b') });
              fulfilled({ done, value: bytes('c') });
            },
          });
        },
      }),
    };
    const { writer } = await converse((_environ, startResponse) => {
      startResponse('200 OK', []);
      return body as never;
    });
    expect(writer.calls).toEqual(['head 200 OK +a', 'write a', 'end', 'finished']);
  });

  it('R77: an error that hides its message, its stack or its text is logged all the same', async () => {
    const hidden = new Error('unseen');
    Object.defineProperty(hidden, 'stack', { get: () => undefined });
    Object.defineProperty(hidden, 'message', {
      get() {
        throw new Error('hidden');
      },
    });
    const gone = Proxy.revocable({}, {});
    gone.revoke();
    const logs: string[] = [];
    for (const error of [Object.defineProperty(new Error('seen'), 'stack', { value: undefined }), hidden, gone.proxy]) {
      const { errors } = await converse(() => {
        throw error;
      });
      logs.push(errors);
    }
    expect(logs[0]).toBe('GET /: Error: seen\n');
    expect(logs.slice(1)).toEqual(Array(2).fill('GET /: an error that cannot be shown\n'));
  });

  it('R77: an environ that it has spoilt keeps no error out of the log', async () => {
    const { errors } = await converse((environ) => {
      environ.REQUEST_URI = Symbol('none') as unknown as string;
      throw new Error('on purpose');
    });
    expect(errors).toMatch(/^a request that cannot be shown: Error: on purpose\n/);
  });

  it('no line of a message passes for a line of the log, and nothing in it drives a terminal', async () => {
    const { errors } = await converse(() => {
      throw new Error('first\nGET /admin: forged\r\u009b2J\u001b[2J');
    });
    expect(errors).toContain('first\n    GET /admin: forged??2J?[2J\n    at ');
    expect(errors.split('\n').filter((line) => !line.startsWith(' ')).length).toBe(2);
  });

  it('R77: a writer that throws with the end of an answer is broken off, not left open', async () => {
    const conversation = new Conversation((_environ, startResponse) => {
      startResponse('200 OK', []);
      return [bytes('a')];
    });
    const { writer } = conversation;
    writer.onBytes = () => {
      throw new Error('the wire is broken');
    };
    await conversation.run().finished();
    expect(writer.calls).toEqual(['head 200 OK +a end', 'abort', 'finished']);
    expect(conversation.errors).toContain('the wire is broken');
  });
});
