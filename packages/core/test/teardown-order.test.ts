import { describe, expect, it } from 'vitest';
import type { App, Environ, StartResponse } from '../src/index.ts';
import { bytes, Conversation, converse, settle } from './scripted-writer.ts';

/** A body that tells what is done to it; it gives `a`, `b`, `c`, then ends. */
function observed(
  seen: string[],
  fails?: 'next' | 'chunk' | 'return' | 'close',
): AsyncIterable<Uint8Array> & { close(): Promise<void> } {
  let count = 0;
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        count++;
        if (count === 2 && fails === 'next') throw new Error('next failed');
        if (count === 2 && fails === 'chunk') return { done: false, value: 'text' as unknown as Uint8Array };
        if (count > 3) return { done: true, value: undefined };
        return { done: false, value: bytes('abc'.charAt(count - 1)) };
      },
      async return() {
        seen.push('return');
        await settle();
        if (fails === 'return') throw new Error('return failed');
        seen.push('returned');
        return { done: true, value: undefined };
      },
    }),
    async close() {
      seen.push('close');
      await settle();
      if (fails === 'close') throw new Error('close failed');
      seen.push('closed');
    },
  };
}

function hooked(seen: string[], answer: (environ: Environ, startResponse: StartResponse) => ReturnType<App>): App {
  return (environ, startResponse) => {
    environ['tsgi.signal'].addEventListener('abort', () => seen.push('signal'));
    environ['tsgi.after_response'].push(
      () => {
        seen.push('hook 1');
        throw new Error('hook failed');
      },
      async () => {
        await settle();
        seen.push('hook 2');
      },
      () => {
        seen.push('hook 3');
      },
    );
    return answer(environ, startResponse);
  };
}

const HOOKS = ['hook 1', 'hook 2', 'hook 3'];
const CLOSING = ['close', 'closed', ...HOOKS];
const RETURNING = ['return', 'returned', ...CLOSING];

function streaming(seen: string[], length?: string, fails?: 'next' | 'chunk' | 'return' | 'close'): App {
  return hooked(seen, (_environ, startResponse) => {
    startResponse('200 OK', length === undefined ? [] : [['Content-Length', length]]);
    return observed(seen, fails);
  });
}

describe('teardown order', () => {
  const paths: [string, (seen: string[]) => Promise<unknown>, string[]][] = [
    ['a body that was exhausted', (seen) => converse(streaming(seen)), CLOSING],
    ['a body that reached Content-Length', (seen) => converse(streaming(seen, '2')), RETURNING],
    ['a body cut at Content-Length', (seen) => converse(streaming(seen, '0')), RETURNING],
    ['a body that was too short', (seen) => converse(streaming(seen, '9')), CLOSING],
    ['a next() that failed', (seen) => converse(streaming(seen, undefined, 'next')), CLOSING],
    ['a chunk that is not bytes', (seen) => converse(streaming(seen, undefined, 'chunk')), RETURNING],
    ['HEAD', (seen) => converse(streaming(seen), { method: 'HEAD' }), RETURNING],
    ['no startResponse', (seen) => converse(hooked(seen, () => observed(seen))), RETURNING],
    [
      'an array with close()',
      (seen) =>
        converse(
          hooked(seen, (_environ, startResponse) => {
            startResponse('200 OK', []);
            return Object.assign([bytes('a')], { close: () => void seen.push('close') });
          }),
        ),
      ['close', ...HOOKS],
    ],
    [
      'an application that threw',
      (seen) =>
        converse(
          hooked(seen, () => {
            throw new Error('no');
          }),
        ),
      HOOKS,
    ],
    [
      'an application that rejected',
      (seen) => converse(hooked(seen, async () => Promise.reject(new Error('no')))),
      HOOKS,
    ],
    [
      'a peer that went while the wire was full',
      async (seen) => {
        const conversation = new Conversation(streaming(seen));
        conversation.writer.accepts = () => false;
        conversation.run();
        await settle();
        conversation.abort();
        await conversation.finished();
      },
      ['signal', ...RETURNING],
    ],
    [
      'a peer that went before the application answered',
      async (seen) => {
        const conversation = new Conversation(hooked(seen, async () => settle().then(() => observed(seen)))).run();
        conversation.abort();
        await conversation.finished();
      },
      ['signal', ...CLOSING],
    ],
  ];
  for (const [name, run, expected] of paths) {
    it(`R98: each step once, after ${name}`, async () => {
      const seen: string[] = [];
      await run(seen);
      await settle();
      expect(seen).toEqual(expected);
    });
  }

  for (const fails of ['return', 'close'] as const) {
    it(`R98: a ${fails}() that fails is logged and skips nothing`, async () => {
      const seen: string[] = [];
      const conversation = await converse(streaming(seen, '2', fails));
      expect(conversation.writer.calls).toEqual(['head 200 OK +a', 'write b', 'end', 'finished']);
      expect(seen).toEqual(RETURNING.filter((step) => step !== `${fails}ed` && step !== `${fails}d`));
      expect(conversation.errors).toContain(`${fails} failed`);
      expect(conversation.errors).toContain('hook failed');
    });
  }

  it('R15: a synchronous return() or close() that throws skips nothing', async () => {
    const seen: string[] = [];
    const conversation = await converse(
      hooked(seen, (_environ, startResponse) => {
        startResponse('200 OK', [['Content-Length', '1']]);
        return {
          [Symbol.iterator]: () => ({
            next: () => ({ done: false, value: bytes('a') }),
            return: () => {
              throw new Error('return failed');
            },
          }),
          close: () => {
            throw new Error('close failed');
          },
        };
      }),
    );
    expect(seen).toEqual(HOOKS);
    expect(conversation.errors).toMatch(/return failed[^]*close failed[^]*hook failed/);
    expect(conversation.writer.calls).toEqual(['head 200 OK +a end', 'finished']);
  });

  it('R15: close() is called on the object that was returned, not on its iterator', async () => {
    const receivers: unknown[] = [];
    const body = {
      [Symbol.iterator]: () => Object.assign([bytes('a')].values(), { close: () => receivers.push('iterator') }),
      close(this: unknown) {
        receivers.push(this);
      },
    };
    await converse((_environ, startResponse) => {
      startResponse('200 OK', []);
      return body;
    });
    expect(receivers).toEqual([body]);
  });

  it('R15: an unstarted generator has close() called, and no finally to run', async () => {
    const seen: string[] = [];
    const conversation = new Conversation(async (_environ, startResponse) => {
      startResponse('200 OK', []);
      await settle();
      const body = (function* () {
        try {
          yield bytes('a');
        } finally {
          seen.push('finally');
        }
      })();
      return Object.assign(body, { close: () => void seen.push('close') });
    }).run();
    conversation.abort();
    await conversation.finished();
    expect(seen).toEqual(['close']);
  });

  it('R98: a return() that never settles does not keep close() from running', async () => {
    const seen: string[] = [];
    const conversation = new Conversation(
      hooked(seen, (_environ, startResponse) => {
        startResponse('200 OK', []);
        return {
          [Symbol.asyncIterator]: () => ({
            next: () => new Promise<never>(() => {}),
            return: () => new Promise<never>(() => {}),
          }),
          close: () => {
            seen.push('close');
          },
        };
      }),
    ).run();
    conversation.abort();
    await conversation.finished();
    expect(seen).toEqual(['signal', 'close', ...HOOKS]);
  });

  it('R98: a slow return() is waited for before close()', async () => {
    const seen: string[] = [];
    const conversation = new Conversation((_environ, startResponse) => {
      startResponse('200 OK', []);
      return {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => {}),
          return: async () => {
            await new Promise((resolve) => setTimeout(resolve, 50));
            seen.push('return');
            return { done: true, value: undefined };
          },
        }),
        close: () => {
          seen.push('close');
        },
      };
    }).run();
    conversation.abort();
    await conversation.finished();
    expect(seen).toEqual(['return', 'close']);
  });

  it('R92: a hook that is pushed by a hook, or by close(), runs as well', async () => {
    const seen: string[] = [];
    await converse((environ, startResponse) => {
      startResponse('200 OK', []);
      return Object.assign([bytes('a')], {
        close: () => {
          environ['tsgi.after_response'].push(() => {
            seen.push('by close');
            environ['tsgi.after_response'].push(() => {
              seen.push('by a hook');
            });
          });
        },
      });
    });
    expect(seen).toEqual(['by close', 'by a hook']);
  });

  it('R92: hooks run after the response has ended on the wire, and `finished` after them', async () => {
    const seen: string[] = [];
    const conversation = new Conversation((environ, startResponse) => {
      environ['tsgi.after_response'].push(async () => {
        await settle();
        seen.push(...conversation.writer.calls);
      });
      startResponse('200 OK', []);
      return [bytes('a')];
    }).run();
    await conversation.finished();
    expect(seen).toEqual(['head 200 OK +a end']);
    expect(conversation.writer.calls).toEqual(['head 200 OK +a end', 'finished']);
  });
});
