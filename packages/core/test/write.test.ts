import { describe, expect, it } from 'vitest';
import { TsgiAbortError, type Write } from '../src/index.ts';
import { bytes, Conversation, converse, settle, unchecked } from './scripted-writer.ts';

/** Runs work and gives the rejections that nobody handled. */
async function unhandled(work: () => Promise<unknown>): Promise<unknown[]> {
  const rejections: unknown[] = [];
  const note = (error: unknown): void => {
    rejections.push(error);
  };
  process.on('unhandledRejection', note);
  try {
    await work();
    await settle();
  } finally {
    process.off('unhandledRejection', note);
  }
  return rejections;
}

describe('write', () => {
  it('R7: what is written goes out before the body, in order', async () => {
    const { writer } = await converse(async (_environ, startResponse) => {
      const write = startResponse('200 OK', []);
      await write(bytes('a'));
      await write(bytes('b'));
      return [bytes('c'), bytes('d')];
    });
    expect(writer.calls).toEqual(['head 200 OK +a', 'write b', 'write c', 'write d', 'end', 'finished']);
  });

  it('R87: a synchronous application need not await', async () => {
    const conversation = new Conversation((_environ, startResponse) => {
      const write = startResponse('200 OK', []);
      for (const chunk of ['a', 'b', 'c']) void write(bytes(chunk));
      return [bytes('d')];
    });
    conversation.writer.accepts = () => false;
    conversation.run();
    expect(conversation.writer.calls).toEqual(['head 200 OK +a', 'drain', 'write b', 'write c']);
    conversation.writer.drain();
    await settle();
    conversation.writer.drain();
    await conversation.finished();
    expect(conversation.writer.body).toBe('abcd');
    expect(conversation.writer.breaches).toEqual([]);
  });

  it('R87: resolves at once while the wire accepts, and after the drain when it does not', async () => {
    const seen: string[] = [];
    const conversation = new Conversation(async (_environ, startResponse) => {
      const write = startResponse('200 OK', []);
      await write(bytes('a'));
      seen.push('a');
      conversation.writer.accepts = () => false;
      await write(bytes('b'));
      seen.push('b');
      return [];
    }).run();
    await settle();
    expect(seen).toEqual(['a']);
    expect(conversation.writer.waitsForDrain).toBe(true);
    conversation.writer.drain();
    await conversation.finished();
    expect(seen).toEqual(['a', 'b']);
  });

  it('R87: an empty write waits for the wire like any other', async () => {
    let written = false;
    const conversation = new Conversation(async (_environ, startResponse) => {
      const write = startResponse('200 OK', []);
      void write(bytes('a'));
      await write(bytes(''));
      written = true;
      return [];
    });
    conversation.writer.accepts = () => false;
    conversation.run();
    await settle();
    expect(written).toBe(false);
    conversation.writer.drain();
    await conversation.finished();
    expect(written).toBe(true);
  });

  it('R12: the body waits until what was written is accepted', async () => {
    let asked = false;
    const conversation = new Conversation((_environ, startResponse) => {
      void startResponse('200 OK', [])(bytes('a'));
      return (function* () {
        asked = true;
        yield bytes('b');
      })();
    });
    conversation.writer.accepts = () => false;
    conversation.run();
    await settle();
    expect(asked).toBe(false);
    conversation.writer.accepts = () => true;
    conversation.writer.drain();
    await conversation.finished();
    expect(conversation.writer.calls).toEqual(['head 200 OK +a', 'drain', 'write b', 'end', 'finished']);
  });

  it('R5: throws at once for what is not bytes, and sends nothing', async () => {
    for (const chunk of [
      'text',
      1,
      null,
      undefined,
      [1],
      new ArrayBuffer(1),
      new Uint8Array(new SharedArrayBuffer(1)),
    ]) {
      const { writer } = await converse(
        unchecked((_environ, startResponse: (...found: unknown[]) => unknown) => {
          const write = startResponse('200 OK', []);
          if (typeof write !== 'function') throw new TypeError('no write');
          expect(() => write(chunk)).toThrow(
            expect.objectContaining({ code: 'CHUNK_NOT_BYTES', rule: 'R5', side: 'app' }),
          );
          return [];
        }),
      );
      expect(writer.calls).toEqual(['head 200 OK end', 'finished']);
    }
  });

  it('R7: throws once the application has returned, in its body too', async () => {
    for (const returned of [(body: Iterable<Uint8Array>) => body, async (body: Iterable<Uint8Array>) => body]) {
      let late: Write | undefined;
      const { writer, errors } = await converse((_environ, startResponse) => {
        late = startResponse('200 OK', []);
        const write = late;
        return returned(
          (function* () {
            expect(() => write(bytes('x'))).toThrow(expect.objectContaining({ code: 'LATE_WRITE', rule: 'R7' }));
            yield bytes('a');
          })(),
        );
      });
      expect(writer.calls).toEqual(['head 200 OK +a', 'end', 'finished']);
      expect(() => late?.(bytes('x'))).toThrow('R7');
      expect(errors).toBe('');
    }
  });

  it('R7: may be called until the application’s promise settles', async () => {
    const { writer } = await converse(async (_environ, startResponse) => {
      const write = startResponse('200 OK', []);
      await settle();
      await write(bytes('a'));
      await settle();
      await write(bytes('b'));
      return [];
    });
    expect(writer.body).toBe('ab');
  });

  it('R7: throws after the application failed', async () => {
    let late: Write | undefined;
    await converse((_environ, startResponse) => {
      late = startResponse('200 OK', []);
      throw new Error('no');
    });
    expect(() => late?.(bytes('x'))).toThrow('R7');
  });

  it('R6: throws when startResponse refused the head', async () => {
    const { writer } = await converse((_environ, startResponse) => {
      const write = startResponse('200 OK', []);
      expect(() => startResponse('bad', [], new Error('late'))).toThrow('R56');
      expect(() => write(bytes('x'))).toThrow('R6');
      startResponse('500 Sorry', [], new Error('again'));
      void write(bytes('sorry'));
      return [];
    });
    expect(writer.calls).toEqual(['head 500 Sorry +sorry', 'end', 'finished']);
  });

  it('R79: rejects when the peer goes, pending or new, and startResponse does not throw', async () => {
    const reason = new TsgiAbortError('gone');
    const seen: unknown[] = [];
    const conversation = new Conversation(async (_environ, startResponse) => {
      const write = startResponse('200 OK', []);
      await write(bytes('a')).catch((error: unknown) => seen.push(error));
      await startResponse('200 OK', [])(bytes('b')).catch((error: unknown) => seen.push(error));
      return [];
    });
    conversation.writer.accepts = () => false;
    conversation.run();
    conversation.abort(reason);
    await conversation.finished();
    expect(seen).toEqual([reason, reason]);
    expect(conversation.writer.calls).toEqual(['head 200 OK +a', 'drain', 'finished']);
    expect(conversation.errors).toBe('');
  });

  it('R79: rejects when the wire finds out within the write that its peer is gone', async () => {
    for (const accepts of [true, false]) {
      const reason = new TsgiAbortError('gone');
      let seen: unknown;
      const conversation = new Conversation(async (_environ, startResponse) => {
        const write = startResponse('200 OK', []);
        await write(bytes('a')).catch((error: unknown) => {
          seen = error;
        });
        return [];
      });
      conversation.writer.accepts = () => accepts;
      conversation.writer.onBytes = () => conversation.abort(reason);
      await conversation.run().finished();
      expect(seen).toBe(reason);
      expect(conversation.writer.breaches).toEqual([]);
    }
  });

  it('R87: a rejection that nobody awaits does not end the process', async () => {
    const rejections = await unhandled(async () => {
      const conversation = new Conversation(async (_environ, startResponse) => {
        const write = startResponse('200 OK', []);
        void write(bytes('a'));
        void write(bytes('b'));
        await settle();
        void write(bytes('c'));
        return [];
      });
      conversation.writer.accepts = () => false;
      conversation.run();
      conversation.abort();
      await conversation.finished();
    });
    expect(rejections).toEqual([]);
  });

  it('R79: an application that lets the rejection through is not an error', async () => {
    const conversation = new Conversation(async (_environ, startResponse) => {
      await startResponse('200 OK', [])(bytes('a'));
      return [];
    });
    conversation.writer.accepts = () => false;
    conversation.run();
    conversation.abort();
    await conversation.finished();
    expect(conversation.errors).toBe('');
    expect(conversation.writer.calls).toEqual(['head 200 OK +a', 'drain', 'finished']);
  });

  it('R2: startResponse gives the same write each time', async () => {
    await converse((_environ, startResponse) => {
      expect(startResponse('200 OK', [])).toBe(startResponse('200 OK', [], new Error('late')));
      return [];
    });
  });
});
