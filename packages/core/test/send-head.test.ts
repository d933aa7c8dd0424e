import { describe, expect, it } from 'vitest';
import { copyEnviron, standInFor, type StartResponse } from '../src/index.ts';
import { callApp, testEnviron } from '../src/testing.ts';
import { bytes, Conversation, converse, settle } from './scripted-writer.ts';

const ERROR = new Error('on purpose');

describe('tsgi.send_head', () => {
  it('R103: sends the stored head before there is a byte', async () => {
    const conversation: Conversation = new Conversation((environ, startResponse) => {
      startResponse('200 OK', [['X-A', 'a']]);
      environ['tsgi.send_head']?.(startResponse);
      expect(conversation.writer.calls).toEqual(['head 200 OK']);
      return [bytes('a')];
    });
    conversation.run();
    await conversation.finished();
    expect(conversation.writer.calls).toEqual(['head 200 OK', 'write a', 'end', 'finished']);
    expect(conversation.writer.head?.headers).toEqual([['X-A', 'a']]);
    expect(conversation.writer.breaches).toEqual([]);
  });

  it('R103: sends it once, whenever and however often it is asked', async () => {
    const { writer, errors } = await converse(async function* (environ, startResponse) {
      startResponse('200 OK', []);
      environ['tsgi.send_head']?.(startResponse);
      environ['tsgi.send_head']?.(startResponse);
      yield bytes('a');
      environ['tsgi.send_head']?.(startResponse);
    });
    expect(writer.calls).toEqual(['head 200 OK', 'write a', 'end', 'finished']);
    expect(errors).toBe('');
  });

  it('R6, R103: without a head it throws, and a head can still be given', async () => {
    const { writer } = await converse((environ, startResponse) => {
      expect(() => environ['tsgi.send_head']?.(startResponse)).toThrow(/^R6: /);
      expect(() => startResponse('bad', [])).toThrow(/^R56: /);
      expect(() => environ['tsgi.send_head']?.(startResponse)).toThrow(/^R6: .*refused/);
      startResponse('500 Replaced', [], ERROR);
      return [];
    });
    expect(writer.calls).toEqual(['head 500 Replaced end', 'finished']);
  });

  it('R72, R103: afterwards excInfo is thrown, the same object', async () => {
    const { writer } = await converse((environ, startResponse) => {
      startResponse('200 OK', []);
      environ['tsgi.send_head']?.(startResponse);
      let thrown: unknown;
      try {
        startResponse('500 Replaced', [], ERROR);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBe(ERROR);
      expect(() => startResponse('200 OK', [])).toThrow(/^R70: /);
      return [bytes('a')];
    });
    expect(writer.calls).toEqual(['head 200 OK', 'write a', 'end', 'finished']);
  });

  it.each([
    ['HEAD', '200 OK', [['Content-Length', '5']]],
    ['GET', '204 No Content', []],
    ['GET', '304 Not Modified', []],
  ] as const)(
    'R84, R85, R103: an answer without a body is over with its head: %s, %s',
    async (method, status, headers) => {
      let pulled = 0;
      const { writer } = await converse(
        (environ, startResponse) => {
          startResponse(
            status,
            headers.map(([name, value]) => [name, value]),
          );
          environ['tsgi.send_head']?.(startResponse);
          return (function* () {
            pulled++;
            yield bytes('a');
          })();
        },
        { method },
      );
      expect(writer.calls).toEqual([`head ${status} end`, 'finished']);
      expect(pulled).toBe(0);
    },
  );

  it('R81, R103: a body that stays short of its length is cut, an empty one of length 0 ends', async () => {
    for (const [length, calls] of [
      ['5', ['head 200 OK', 'abort', 'finished']],
      ['0', ['head 200 OK', 'end', 'finished']],
    ] as const) {
      const { writer } = await converse((environ, startResponse) => {
        startResponse('200 OK', [['Content-Length', length]]);
        environ['tsgi.send_head']?.(startResponse);
        return [];
      });
      expect(writer.calls).toEqual(calls);
    }
  });

  it('R77, R103: an application that fails afterwards is cut off, not answered with a 500', async () => {
    const { writer } = await converse((environ, startResponse) => {
      startResponse('200 OK', []);
      environ['tsgi.send_head']?.(startResponse);
      throw ERROR;
    });
    expect(writer.calls).toEqual(['head 200 OK', 'abort', 'finished']);
  });

  it('R12, R103: a wire that wants a pause with the head gets it before the first chunk', async () => {
    const conversation: Conversation = new Conversation((environ, startResponse) => {
      conversation.writer.accepts = () => false;
      startResponse('200 OK', []);
      environ['tsgi.send_head']?.(startResponse);
      return [bytes('a'), bytes('b')];
    });
    conversation.run();
    await settle();
    expect(conversation.writer.calls).toEqual(['head 200 OK', 'drain']);
    conversation.writer.accepts = () => true;
    conversation.writer.drain();
    await conversation.finished();
    expect(conversation.writer.calls).toEqual(['head 200 OK', 'drain', 'write a', 'write b', 'end', 'finished']);
  });

  it('R91, R103: refuses a startResponse that a middleware put in place, but for one that stands for the own', async () => {
    const conversation: Conversation = new Conversation((environ, startResponse) => {
      const other: StartResponse = (...args) => startResponse(...args);
      other('200 OK', []);
      expect(() => environ['tsgi.send_head']?.(other)).toThrow(/^R91: /);
      // What JavaScript lets through.
      expect(() => environ['tsgi.send_head']?.(undefined as unknown as StartResponse)).toThrow(/^R91: /);
      expect(conversation.writer.calls).toEqual([]);
      environ['tsgi.send_head']?.(standInFor(other, startResponse));
      expect(conversation.writer.calls).toEqual(['head 200 OK']);
      return [];
    });
    conversation.run();
    await conversation.finished();
    expect(conversation.errors).toBe('');
    expect(conversation.writer.calls).toEqual(['head 200 OK', 'end', 'finished']);
  });

  it('R79, R103: once the peer is gone it sends nothing', async () => {
    const conversation = new Conversation(async (environ, startResponse) => {
      startResponse('200 OK', []);
      await settle();
      environ['tsgi.send_head']?.(startResponse);
      return [];
    }).run();
    conversation.abort();
    await conversation.finished();
    expect(conversation.writer.calls).toEqual(['finished']);
    expect(conversation.errors).toBe('');
  });

  it('R20, R103: is there in copies, and can be taken away from one', async () => {
    const { chunks } = await callApp((environ, startResponse) => {
      startResponse('200 OK', []);
      const copy = copyEnviron(environ);
      expect('tsgi.send_head' in copy).toBe(true);
      copy['tsgi.send_head']?.(startResponse);
      expect(() => startResponse('500 Replaced', [], ERROR)).toThrow(ERROR);
      expect(copyEnviron(environ, { 'tsgi.send_head': undefined })['tsgi.send_head']).toBe(undefined);
      return [bytes('a')];
    });
    expect(chunks.length).toBe(1);
    expect(() => testEnviron()['tsgi.send_head']?.(() => async () => {})).not.toThrow();
  });
});
