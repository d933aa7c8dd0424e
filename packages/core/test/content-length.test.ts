import { describe, expect, it } from 'vitest';
import { type App, FileWrapper, type Header } from '../src/index.ts';
import { bytes, converse } from './scripted-writer.ts';

function answering(body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, headers: Header[] = []): App {
  return (_environ, startResponse) => {
    startResponse('200 OK', headers);
    return body;
  };
}

function lazily(...chunks: string[]): Iterable<Uint8Array> {
  return chunks.map(bytes).values();
}

describe('Content-Length', () => {
  it('R82: is computed for an array of one chunk', async () => {
    const conversation = await converse(answering([bytes('тест')]));
    expect(conversation.header('Content-Length')).toBe('8');
    expect(conversation.writer.head?.contentLength).toBe(8);
    expect(conversation.writer.calls[0]).toMatch(/^head 200 OK \+.+ end$/);
  });

  it('R82: is computed when the array came by a promise', async () => {
    const conversation = await converse(async (_environ, startResponse) => {
      startResponse('200 OK', []);
      return [bytes('abc')];
    });
    expect(conversation.header('Content-Length')).toBe('3');
    expect(conversation.writer.calls).toEqual(['head 200 OK +abc end', 'finished']);
  });

  it('R82: is not computed for an array of two, nor for another iterable', async () => {
    for (const body of [[bytes('a'), bytes('b')], new Set([bytes('ab')]), lazily('ab')]) {
      const conversation = await converse(answering(body));
      expect(conversation.header('Content-Length')).toBeUndefined();
      expect(conversation.writer.head?.contentLength).toBe(-1);
      expect(conversation.writer.body).toBe('ab');
    }
  });

  it('R82: is not computed after a write, not even for one chunk', async () => {
    const conversation = await converse((_environ, startResponse) => {
      void startResponse('200 OK', [])(bytes('http'));
      return [bytes('!')];
    });
    expect(conversation.header('Content-Length')).toBeUndefined();
    expect(conversation.writer.calls).toEqual(['head 200 OK +http', 'write !', 'end', 'finished']);
  });

  it('R9: `.length` of anything but an array says nothing', async () => {
    const body = {
      length: 1,
      *[Symbol.iterator]() {
        yield bytes('a');
        yield bytes('b');
      },
    };
    const conversation = await converse(answering(body));
    expect(conversation.header('Content-Length')).toBeUndefined();
    expect(conversation.writer.body).toBe('ab');
  });

  it('R82: the length that the application gave is left as it is', async () => {
    const { writer } = await converse(answering([bytes('abc')], [['content-length', '3']]));
    expect(writer.head?.headers).toEqual([['content-length', '3']]);
    expect(writer.calls).toEqual(['head 200 OK +abc end', 'finished']);
  });

  it('R80: a body stops at Content-Length: the chunk is cut, the iterator ended, the fault logged', async () => {
    const seen: string[] = [];
    const body = (function* () {
      try {
        yield bytes('abc');
        seen.push('second');
        yield bytes('def');
        seen.push('third');
        yield bytes('ghi');
      } finally {
        seen.push('return');
      }
    })();
    const conversation = await converse(answering(body, [['Content-Length', '5']]));
    expect(conversation.writer.calls).toEqual(['head 200 OK +abc', 'write de', 'end', 'finished']);
    expect(seen).toEqual(['second', 'return']);
    expect(conversation.errors).toContain('R80');
  });

  it('R80: a body that reaches Content-Length is asked for nothing more, and that is no fault', async () => {
    let asked = 0;
    const body = (function* () {
      for (const chunk of ['ab', 'cd', 'ef']) {
        asked++;
        yield bytes(chunk);
      }
    })();
    const conversation = await converse(answering(body, [['Content-Length', '4']]));
    expect(asked).toBe(2);
    expect(conversation.writer.calls).toEqual(['head 200 OK +ab', 'write cd', 'end', 'finished']);
    expect(conversation.errors).toBe('');
  });

  it('R80: a first chunk that is too long is cut, in one call with its head', async () => {
    for (const body of [[bytes('abcdef')], lazily('abcdef'), [bytes('abcdef'), bytes('g')]]) {
      const { writer, errors } = await converse(answering(body, [['Content-Length', '3']]));
      expect(writer.calls).toEqual(['head 200 OK +abc end', 'finished']);
      expect(errors).toContain('R80');
    }
  });

  it('R80: nothing follows a Content-Length of 0', async () => {
    for (const body of [[bytes('abc')], lazily('abc')]) {
      const { writer, errors } = await converse(answering(body, [['Content-Length', '0']]));
      expect(writer.calls).toEqual(['head 200 OK end', 'finished']);
      expect(errors).toContain('R80');
    }
  });

  it('R88: a file is sent up to Content-Length, and that it goes on is no fault', async () => {
    for (const [length, sent] of [
      [0, ''],
      [3, 'abc'],
      [4, 'abcd'],
      [6, 'abcdef'],
    ] as const) {
      const blocks = ['abcd', 'efgh', 'ijkl'].map(bytes);
      let closed = 0;
      const file = { read: () => blocks.shift(), close: () => void closed++ };
      const app: App = (environ, startResponse) => {
        startResponse('206 Partial Content', [['Content-Length', String(length)]]);
        return environ['tsgi.file_wrapper']?.(file) ?? [];
      };
      const { writer, errors } = await converse(app);
      expect([writer.body, writer.calls.at(-2)?.endsWith('end'), errors, closed]).toEqual([sent, true, '', 1]);
      expect(blocks.length).toBeGreaterThan(0);
    }
  });

  it('R81: a file that is shorter than its Content-Length is cut off', async () => {
    const { writer, errors } = await converse(
      answering(
        new FileWrapper({
          async *[Symbol.asyncIterator]() {
            yield bytes('ab');
          },
        }),
        [['Content-Length', '3']],
      ),
    );
    expect(writer.calls).toEqual(['head 200 OK +ab', 'abort', 'finished']);
    expect(errors).toContain('R81');
  });

  it('R80: a write beyond Content-Length throws and sends nothing of its chunk', async () => {
    const conversation = await converse(async (_environ, startResponse) => {
      const write = startResponse('200 OK', [['Content-Length', '4']]);
      await write(bytes('abc'));
      expect(() => write(bytes('de'))).toThrow(
        expect.objectContaining({ code: 'CONTENT_LENGTH_OVERRUN', rule: 'R80', side: 'app' }),
      );
      await write(bytes('d'));
      return [];
    });
    expect(conversation.writer.calls).toEqual(['head 200 OK +abc', 'write d', 'end', 'finished']);
    expect(conversation.errors).toBe('');
  });

  it('R80: a body after writes that filled Content-Length is not iterated', async () => {
    let asked = false;
    const conversation = await converse((_environ, startResponse) => {
      void startResponse('200 OK', [['Content-Length', '3']])(bytes('abc'));
      return (function* () {
        asked = true;
        yield bytes('d');
      })();
    });
    expect(asked).toBe(false);
    expect(conversation.writer.calls).toEqual(['head 200 OK +abc', 'end', 'finished']);
  });

  it('R81: a body that is too short does not look complete, and is logged', async () => {
    const short: [App, string[]][] = [
      [answering([bytes('ab')], [['Content-Length', '5']]), ['head 200 OK +ab', 'abort', 'finished']],
      [answering(lazily('ab', 'c'), [['Content-Length', '5']]), ['head 200 OK +ab', 'write c', 'abort', 'finished']],
      [answering([], [['Content-Length', '5']]), ['head 200 OK', 'abort', 'finished']],
      [answering([bytes('')], [['Content-Length', '5']]), ['head 200 OK', 'abort', 'finished']],
    ];
    for (const [app, calls] of short) {
      const conversation = await converse(app);
      expect(conversation.writer.calls).toEqual(calls);
      expect(conversation.errors).toContain('R81');
    }
  });

  it('R81: writes that are too few do not look complete', async () => {
    const { writer, errors } = await converse((_environ, startResponse) => {
      void startResponse('200 OK', [['Content-Length', '5']])(bytes('abc'));
      return [];
    });
    expect(writer.calls).toEqual(['head 200 OK +abc', 'abort', 'finished']);
    expect(errors).toContain('R81');
  });

  it('R81: a HEAD and a 304 may announce what they do not send', async () => {
    for (const [method, status] of [
      ['HEAD', '200 OK'],
      ['GET', '304 Not Modified'],
    ] as const) {
      const conversation = await converse(
        (_environ, startResponse) => {
          startResponse(status, [['Content-Length', '12345']]);
          return [];
        },
        { method },
      );
      expect(conversation.header('Content-Length')).toBe('12345');
      expect(conversation.writer.calls).toEqual([`head ${status} end`, 'finished']);
      expect(conversation.errors).toBe('');
    }
  });

  it('R80: the length survives the chunking of the body', async () => {
    const { writer } = await converse(answering(lazily('a', '', 'b', 'c'), [['Content-Length', '3']]));
    expect(writer.calls).toEqual(['head 200 OK +a', 'write b', 'write c', 'end', 'finished']);
    expect(writer.breaches).toEqual([]);
  });
});
