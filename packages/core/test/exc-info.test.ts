import { describe, expect, it } from 'vitest';
import type { App } from '../src/index.ts';
import { bytes, converse } from './scripted-writer.ts';

describe('excInfo', () => {
  it('R70: a second startResponse without excInfo throws, and uncaught it is a 500', async () => {
    const conversation = await converse((_environ, startResponse) => {
      startResponse('200 OK', []);
      startResponse('404 Not Found', []);
      return [];
    });
    expect(conversation.writer.head?.code).toBe(500);
    expect(conversation.errors).toContain('R70: startResponse was called again without excInfo');
  });

  it('R70: neither undefined nor null is excInfo', async () => {
    for (const excInfo of [undefined, null]) {
      const conversation = await converse((_environ, startResponse) => {
        startResponse('200 OK', []);
        expect(() => startResponse('404 Not Found', [], excInfo)).toThrow(
          expect.objectContaining({ code: 'DUPLICATE_START_RESPONSE', rule: 'R70', side: 'app' }),
        );
        return [];
      });
      // The refused call changed nothing.
      expect(conversation.writer.head?.code).toBe(200);
    }
  });

  it('R70: it throws as well when the first call threw, and after the head was sent', async () => {
    const { writer } = await converse((_environ, startResponse) => {
      expect(() => startResponse('bad', [])).toThrow('R56');
      expect(() => startResponse('200 OK', [])).toThrow('R70');
      const write = startResponse('500 Sorry', [], new Error('bad'));
      void write(bytes('a'));
      expect(() => startResponse('200 OK', [])).toThrow('R70');
      return [];
    });
    expect(writer.calls).toEqual(['head 500 Sorry +a', 'end', 'finished']);
  });

  it('R71: excInfo before the head replaces status and all headers', async () => {
    const conversation = await converse((_environ, startResponse) => {
      startResponse('200 OK', [
        ['Content-Type', 'text/html'],
        ['Set-Cookie', 'a=1'],
        ['Date', 'Mon, 05 Jun 2006 18:49:54 GMT'],
        ['Server', 'mine'],
      ]);
      startResponse('500 Sorry', [['X-A', '1']], new Error('late'));
      return new Set([bytes('sorry')]);
    });
    const { head } = conversation.writer;
    expect(head).toMatchObject({ status: '500 Sorry', code: 500, headers: [['X-A', '1']], contentLength: -1 });
    expect(head).toMatchObject({ hasDate: false, hasServer: false, hasBody: true });
  });

  it('R71: the old Content-Length is forgotten with the head that had it', async () => {
    const conversation = await converse((_environ, startResponse) => {
      startResponse('200 OK', [['Content-Length', '5']]);
      startResponse('500 Sorry', [], new Error('late'));
      return [bytes('a longer text than five')].values();
    });
    expect(conversation.writer.body).toBe('a longer text than five');
    expect(conversation.header('Content-Length')).toBeUndefined();
    expect(conversation.errors).toBe('');
  });

  it('R71: a response without a body can be replaced by one with a body, and the other way round', async () => {
    const app =
      (first: string, second: string): App =>
      (_environ, startResponse) => {
        startResponse(first, []);
        startResponse(second, [], new Error('late'));
        return [bytes('abc')];
      };
    expect((await converse(app('204 No Content', '500 Sorry'))).writer.calls[0]).toBe('head 500 Sorry +abc end');
    expect((await converse(app('500 Sorry', '204 No Content'))).writer.calls[0]).toBe('head 204 No Content end');
  });

  it('R71: excInfo works after empty chunks, within the body', async () => {
    const { writer } = await converse((_environ, startResponse) => {
      startResponse('200 OK', []);
      return (function* () {
        yield bytes('');
        startResponse('503 Busy', [], new Error('late'));
        yield bytes('busy');
      })();
    });
    expect(writer.calls).toEqual(['head 503 Busy +busy', 'end', 'finished']);
  });

  it('R71: may come first, and more than once', async () => {
    const { writer } = await converse((_environ, startResponse) => {
      startResponse('500 One', [], new Error('1'));
      startResponse('500 Two', [], new Error('2'));
      return [];
    });
    expect(writer.calls).toEqual(['head 500 Two end', 'finished']);
  });

  it('R71: a replacement that is refused leaves nothing of the old head', async () => {
    const conversation = await converse((_environ, startResponse) => {
      startResponse('200 OK', [['X-A', '1']]);
      expect(() => startResponse('500 Sorry', [['bad name', '']], new Error('late'))).toThrow('R58');
      return [bytes('a')];
    });
    expect(conversation.writer.head?.code).toBe(500);
    expect(conversation.header('X-A')).toBeUndefined();
    expect(conversation.errors).toContain('R6: startResponse refused its head');
  });

  it('R72: after the head it is thrown, the same object, whatever it is', async () => {
    for (const excInfo of [new Error('late'), { not: 'an error' }, 'text', 0, false, Symbol('late')]) {
      let thrown: unknown;
      const { writer } = await converse(async (_environ, startResponse) => {
        await startResponse('200 OK', [])(bytes('a'));
        try {
          startResponse('500 Sorry', [], excInfo);
        } catch (error) {
          thrown = error;
        }
        return [];
      });
      expect(thrown).toBe(excInfo);
      expect(writer.calls).toEqual(['head 200 OK +a', 'end', 'finished']);
    }
  });

  it('R72: uncaught within the body, it cuts the response off', async () => {
    const conversation = await converse((_environ, startResponse) => {
      startResponse('200 OK', []);
      return (function* () {
        yield bytes('a');
        startResponse('500 Sorry', [], new Error('the cause'));
        yield bytes('b');
      })();
    });
    expect(conversation.writer.calls).toEqual(['head 200 OK +a', 'abort', 'finished']);
    expect(conversation.errors).toContain('the cause');
  });

  it('R72: over HEAD the head was sent as well', async () => {
    const excInfo = new Error('late');
    const { writer } = await converse(
      async (_environ, startResponse) => {
        await startResponse('200 OK', [])(bytes('a'));
        expect(() => startResponse('500 Sorry', [], excInfo)).toThrow(excInfo);
        return [];
      },
      { method: 'HEAD' },
    );
    expect(writer.calls).toEqual(['head 200 OK end', 'finished']);
  });

  it('R76: a middleware may swallow it and answer in its place', async () => {
    const inner: App = (_environ, startResponse) => {
      startResponse('500 Inner', [], new Error('inner'));
      return [bytes('inner')];
    };
    const { writer } = await converse((environ, startResponse) =>
      inner(environ, (_status, headers) => startResponse('200 Outer', headers)),
    );
    expect(writer.calls).toEqual(['head 200 Outer +inner end', 'finished']);
  });
});
