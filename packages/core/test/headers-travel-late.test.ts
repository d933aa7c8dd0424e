import { describe, expect, it } from 'vitest';
import type { StartResponse } from '../src/index.ts';
import { bytes, Conversation, converse, settle } from './scripted-writer.ts';

describe('headers travel late', () => {
  it('R68: startResponse alone sends nothing', async () => {
    const conversation = new Conversation(async (_environ, startResponse) => {
      startResponse('200 OK', []);
      await settle();
      return [bytes('a')];
    }).run();
    expect(conversation.writer.calls).toEqual([]);
    await conversation.finished();
    expect(conversation.writer.calls).toEqual(['head 200 OK +a end', 'finished']);
  });

  it('R68: an empty first chunk sends no head', async () => {
    const conversation = new Conversation((_environ, startResponse) => {
      startResponse('200 OK', []);
      return (async function* () {
        yield bytes('');
        yield bytes('');
        await settle();
        yield bytes('a');
      })();
    }).run();
    await new Promise((resolve) => setImmediate(resolve));
    expect(conversation.writer.calls).toEqual([]);
    await conversation.finished();
    expect(conversation.writer.calls).toEqual(['head 200 OK +a', 'end', 'finished']);
  });

  it('R68: an empty write sends no head', async () => {
    const conversation = new Conversation(async (_environ, startResponse) => {
      const write = startResponse('200 OK', []);
      await write(bytes(''));
      expect(conversation.writer.calls).toEqual([]);
      await write(bytes('a'));
      return [];
    }).run();
    await conversation.finished();
    expect(conversation.writer.calls).toEqual(['head 200 OK +a', 'end', 'finished']);
    expect(conversation.errors).toBe('');
  });

  it('R68: the end sends the head of a body that has no bytes', async () => {
    for (const body of [[], [bytes('')], [bytes(''), bytes('')], new Set<Uint8Array>()]) {
      const { writer } = await converse((_environ, startResponse) => {
        startResponse('200 OK', []);
        return body;
      });
      expect(writer.calls).toEqual(['head 200 OK end', 'finished']);
      expect(writer.head?.headers).toEqual([['Content-Length', '0']]);
    }
  });

  it('R69: an empty chunk between others never reaches the wire', async () => {
    const { writer } = await converse((_environ, startResponse) => {
      startResponse('200 OK', []);
      return [bytes(''), bytes('a'), bytes(''), bytes('b'), bytes('')];
    });
    expect(writer.calls).toEqual(['head 200 OK +a', 'write b', 'end', 'finished']);
    expect(writer.breaches).toEqual([]);
  });

  it('R6: startResponse may be called within the first iteration', async () => {
    const bodies: ((startResponse: StartResponse) => Iterable<Uint8Array> | AsyncIterable<Uint8Array>)[] = [
      function* (startResponse) {
        startResponse('201 Created', []);
        yield bytes('a');
      },
      async function* (startResponse) {
        await settle();
        startResponse('201 Created', []);
        yield bytes('a');
      },
    ];
    for (const body of bodies) {
      const { writer } = await converse((_environ, startResponse) => body(startResponse));
      expect(writer.calls).toEqual(['head 201 Created +a', 'end', 'finished']);
    }
  });

  it('R6: startResponse may be called in the iteration that ends an empty body', async () => {
    const { writer } = await converse((_environ, startResponse) => ({
      [Symbol.iterator]: () => ({
        next: () => {
          startResponse('202 Accepted', []);
          return { done: true, value: undefined };
        },
      }),
    }));
    expect(writer.calls).toEqual(['head 202 Accepted end', 'finished']);
  });

  it('R6: a chunk before startResponse is a 500, an empty one too', async () => {
    for (const chunk of ['a', '']) {
      for (const body of [[bytes(chunk)], [bytes(chunk), bytes('b')], new Set([bytes(chunk)])]) {
        const conversation = await converse(() => body);
        expect(conversation.writer.head?.status).toBe('500 Internal Server Error');
        expect(conversation.errors).toContain('R6: startResponse was not called');
      }
    }
  });

  it('R6: a body that ends before startResponse is a 500', async () => {
    for (const body of [[], new Set<Uint8Array>()]) {
      const conversation = await converse(() => body);
      expect(conversation.writer.head?.status).toBe('500 Internal Server Error');
      expect(conversation.errors).toContain('R6: startResponse was not called');
    }
  });

  it('R57: headers are copied at startResponse: a later change has no effect', async () => {
    const conversation = await converse((_environ, startResponse) => {
      const headers: [string, string][] = [['X-A', '1']];
      startResponse('200 OK', headers);
      headers.push(['X-B', '2']);
      const [first] = headers;
      if (first !== undefined) first[1] = 'bad\r\nvalue';
      return new Set([bytes('a')]);
    });
    expect(conversation.writer.head?.headers).toEqual([['X-A', '1']]);
  });

  it('R57: the application gets its own array back as it was', async () => {
    const headers: [string, string][] = [['X-A', '1']];
    await converse((_environ, startResponse) => {
      startResponse('200 OK', headers);
      return [bytes('a')];
    });
    expect(headers).toEqual([['X-A', '1']]);
  });

  it('R6: startResponse after the response is refused and changes nothing', async () => {
    let late: StartResponse | undefined;
    const conversation = new Conversation((_environ, startResponse) => {
      late = startResponse;
      throw new Error('first');
    }).run();
    await conversation.finished();
    expect(() => late?.('200 OK', [])).toThrow(expect.objectContaining({ side: 'app' }));
    expect(conversation.exchange.responseEnded).toBe(true);
    const { signal } = conversation.exchange;
    conversation.exchange.abort();
    expect(signal.aborted).toBe(false);
    expect(conversation.writer.calls).toHaveLength(2);
  });

  it('R1: the application is called once, with two arguments and no receiver', async () => {
    const calls: unknown[][] = [];
    function app(this: unknown, ...found: unknown[]): Uint8Array[] {
      calls.push([this, found.length]);
      const [, startResponse] = found;
      if (typeof startResponse === 'function') startResponse('200 OK', []);
      return [];
    }
    await converse(app);
    expect(calls).toEqual([[undefined, 2]]);
  });

  it('R67: early hints go out before the head, checked, and never after it', async () => {
    const conversation = await converse(async (environ, startResponse) => {
      environ['tsgi.early_hints']?.([['Link', '</a.css>; rel=preload']]);
      expect(() => environ['tsgi.early_hints']?.([['Link', 'a\r\nb']])).toThrow('R59');
      expect(() => environ['tsgi.early_hints']?.([['Connection', 'close']])).toThrow('R61');
      const write = startResponse('200 OK', []);
      environ['tsgi.early_hints']?.([['Link', '</b.css>; rel=preload']]);
      await write(bytes('a'));
      environ['tsgi.early_hints']?.([['Link', '</late.css>; rel=preload']]);
      return [];
    });
    expect(conversation.writer.hints).toEqual([
      [['Link', '</a.css>; rel=preload']],
      [['Link', '</b.css>; rel=preload']],
    ]);
    expect(conversation.writer.breaches).toEqual([]);
    expect(conversation.errors).toBe('');
  });
});
