import { describe, expect, it } from 'vitest';
import { TsgiAbortError, type App } from '../src/index.ts';
import { callApp } from '../src/testing.ts';
import { bytes, Conversation, settle } from './scripted-writer.ts';

const gone = new TsgiAbortError('gone');

describe('abort', () => {
  it('R18: the signal fires when the peer goes before the response has ended, with the reason', async () => {
    const conversation = new Conversation(async (environ, startResponse) => {
      const signal = environ['tsgi.signal'];
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      expect(signal.reason).toBe(gone);
      startResponse('200 OK', []);
      return [];
    }).run();
    conversation.abort(gone);
    expect(conversation.exchange.responseEnded).toBe(true);
    await conversation.finished();
    expect(conversation.writer.calls).toEqual(['finished']);
    expect(conversation.errors).toBe('');
  });

  it('R18: a signal that is first asked for afterwards is aborted already', async () => {
    let signal: AbortSignal | undefined;
    const conversation = new Conversation(async (environ) => {
      await settle();
      signal = environ['tsgi.signal'];
      return [];
    }).run();
    conversation.abort(gone);
    await conversation.finished();
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toBe(gone);
  });

  it('R18: the reason has a default, an AbortError of the peer', () => {
    const conversation = new Conversation(async () => settle().then(() => [])).run();
    conversation.writer.peerGone();
    conversation.exchange.abort();
    expect(conversation.environ['tsgi.signal'].reason).toMatchObject({
      name: 'AbortError',
      code: 'PEER_GONE',
      side: 'peer',
    });
  });

  it('R18: the signal never fires once the response has ended, be it well or not', async () => {
    const apps: App[] = [
      (_environ, startResponse) => {
        startResponse('200 OK', []);
        return [bytes('a')];
      },
      () => {
        throw new Error('failed');
      },
      (_environ, startResponse) => {
        startResponse('200 OK', [['Content-Length', '9']]);
        return [bytes('short')];
      },
    ];
    for (const app of apps) {
      const conversation = new Conversation(app);
      const signal = conversation.environ['tsgi.signal'];
      await conversation.run().finished();
      const calls = [...conversation.writer.calls];
      conversation.abort();
      await settle();
      expect(signal.aborted).toBe(false);
      expect(conversation.environ['tsgi.signal'].aborted).toBe(false);
      expect(conversation.writer.calls).toEqual(calls);
    }
  });

  it('R18: the signal does not fire while only close() and the hooks still run', async () => {
    let release: () => void = () => {};
    const conversation = new Conversation((_environ, startResponse) => {
      startResponse('200 OK', []);
      return Object.assign([bytes('a')], {
        close: () =>
          new Promise<void>((resolve) => {
            release = resolve;
          }),
      });
    });
    const signal = conversation.environ['tsgi.signal'];
    conversation.run();
    expect(conversation.exchange.responseEnded).toBe(true);
    conversation.abort();
    expect(signal.aborted).toBe(false);
    release();
    await conversation.finished();
    expect(conversation.writer.calls).toEqual(['head 200 OK +a end', 'finished']);
  });

  it('R79: an application that is still pending is torn down when it returns: its body is closed, not iterated', async () => {
    const seen: string[] = [];
    let answer: (body: Iterable<Uint8Array> & { close(): void }) => void = () => {};
    const conversation = new Conversation((environ) => {
      environ['tsgi.after_response'].push(() => {
        seen.push('hook');
      });
      return new Promise((resolve) => {
        answer = resolve;
      });
    }).run();
    conversation.abort(gone);
    await settle();
    expect(seen).toEqual([]);
    expect(conversation.writer.calls).toEqual([]);
    answer({
      [Symbol.iterator]() {
        seen.push('iterated');
        return [].values();
      },
      close() {
        seen.push('close');
      },
    });
    await conversation.finished();
    expect(seen).toEqual(['close', 'hook']);
  });

  it('R79: an application that rejects after the peer went is torn down in silence', async () => {
    const seen: string[] = [];
    const conversation = new Conversation(async (environ) => {
      environ['tsgi.after_response'].push(() => {
        seen.push('hook');
      });
      await settle();
      throw environ['tsgi.signal'].reason;
    }).run();
    conversation.abort(gone);
    await conversation.finished();
    expect(seen).toEqual(['hook']);
    expect(conversation.errors).toBe('');
    expect(conversation.writer.calls).toEqual(['finished']);
  });

  it('R18: a next() that is pending is not waited for; its chunk is dropped', async () => {
    const seen: string[] = [];
    let give: (step: IteratorResult<Uint8Array>) => void = () => {};
    const conversation = new Conversation((environ, startResponse) => {
      startResponse('200 OK', []);
      environ['tsgi.signal'].addEventListener('abort', () => seen.push('signal'));
      return {
        [Symbol.asyncIterator]: () => ({
          next: () =>
            new Promise<IteratorResult<Uint8Array>>((resolve) => {
              give = resolve;
            }),
          return: async () => {
            seen.push('return');
            return { done: true, value: undefined };
          },
        }),
        close: () => {
          seen.push('close');
        },
      };
    }).run();
    conversation.abort(gone);
    await conversation.finished();
    expect(seen).toEqual(['signal', 'return', 'close']);
    give({ done: false, value: bytes('late') });
    await settle();
    expect(conversation.writer.calls).toEqual(['finished']);
  });

  it('R18: a generator that heeds the signal ends at once, and closes after it', async () => {
    const seen: string[] = [];
    const conversation = new Conversation((environ, startResponse) => {
      startResponse('200 OK', []);
      const { 'tsgi.signal': signal } = environ;
      const body = (async function* () {
        try {
          yield bytes('a');
          await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
          yield bytes('b');
        } finally {
          seen.push('finally');
        }
      })();
      return Object.assign(body, { close: () => void seen.push('close') });
    }).run();
    await settle();
    conversation.abort(gone);
    await conversation.finished();
    expect(seen).toEqual(['finally', 'close']);
    expect(conversation.writer.calls).toEqual(['head 200 OK +a', 'finished']);
    expect(conversation.errors).toBe('');
  });

  it('R18: a body that waits for the wire is ended', async () => {
    const seen: string[] = [];
    const conversation = new Conversation((_environ, startResponse) => {
      startResponse('200 OK', []);
      return (function* () {
        try {
          yield bytes('a');
          seen.push('never');
          yield bytes('b');
        } finally {
          seen.push('finally');
        }
      })();
    });
    conversation.writer.accepts = () => false;
    conversation.run();
    conversation.abort(gone);
    await conversation.finished();
    conversation.writer.drain();
    await settle();
    expect(seen).toEqual(['finally']);
    expect(conversation.writer.calls).toEqual(['head 200 OK +a', 'drain', 'finished']);
  });

  it('R79: a second abort does nothing', async () => {
    const conversation = new Conversation(async () => settle().then(() => [])).run();
    conversation.abort(gone);
    conversation.abort(new TsgiAbortError('again'));
    expect(conversation.environ['tsgi.signal'].reason).toBe(gone);
    await conversation.finished();
    expect(conversation.writer.calls).toEqual(['finished']);
  });

  it('R79: early hints after the peer went are dropped', async () => {
    const conversation = new Conversation(async (environ) => {
      await settle();
      environ['tsgi.early_hints']?.([['Link', '</a>']]);
      return [];
    }).run();
    conversation.abort(gone);
    await conversation.finished();
    expect(conversation.writer.hints).toEqual([]);
  });

  it('R79: callApp’s signal is the peer’s going', async () => {
    const controller = new AbortController();
    const pending = callApp(
      async (environ, startResponse) => {
        const write = startResponse('200 OK', []);
        await write(bytes('a'));
        controller.abort();
        expect(environ['tsgi.signal'].aborted).toBe(true);
        await write(bytes('b'));
        return [];
      },
      { signal: controller.signal },
    );
    const response = await pending;
    expect(response.complete).toBe(false);
    expect(response.text).toBe('a');
    expect(response.errors).toBe('');
  });
});
