import { describe, expect, it } from 'vitest';
import type { App } from '../src/index.ts';
import { bytes, Conversation, settle, unchecked } from './scripted-writer.ts';

/** An application that answers 200 with whatever it is given. */
function returning(body: unknown): App {
  return unchecked((_environ, startResponse) => {
    startResponse('200 OK', []);
    return body;
  });
}

describe('backpressure', () => {
  it('R12: the next chunk is asked for only when the last one was accepted', async () => {
    const asked: string[] = [];
    const conversation = new Conversation(
      returning(
        (function* () {
          for (const chunk of ['a', 'b', 'c']) {
            asked.push(chunk);
            yield bytes(chunk);
          }
        })(),
      ),
    );
    conversation.writer.accepts = () => false;
    conversation.run();
    expect(asked).toEqual(['a']);
    await settle();
    expect(asked).toEqual(['a']);
    conversation.writer.drain();
    expect(asked).toEqual(['a', 'b']);
    conversation.writer.accepts = () => true;
    conversation.writer.drain();
    await conversation.finished();
    expect(conversation.writer.calls).toEqual([
      'head 200 OK +a',
      'drain',
      'write b',
      'drain',
      'write c',
      'end',
      'finished',
    ]);
    expect(conversation.writer.breaches).toEqual([]);
  });

  it('R12: an asynchronous body is not pulled ahead', async () => {
    let asked = 0;
    const conversation = new Conversation(
      returning({
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            asked++;
            return asked > 3 ? { done: true } : { done: false, value: bytes(String(asked)) };
          },
        }),
      }),
    );
    conversation.writer.accepts = () => false;
    conversation.run();
    for (const turn of [1, 2, 3]) {
      await settle();
      expect(asked).toBe(turn);
      conversation.writer.drain();
    }
    await conversation.finished();
    expect(conversation.writer.body).toBe('123');
  });

  it('R12: a wire that drains at once is asked on without recursion', async () => {
    const conversation = new Conversation(
      returning(
        (function* () {
          for (let count = 0; count < 20_000; count++) yield bytes('x');
        })(),
      ),
    ).run();
    await conversation.finished();
    expect(conversation.writer.sent).toBe(20_000);
  });

  it('R12: no wire is asked for a drain once the response has ended', async () => {
    for (const body of [[bytes('a')], [bytes('a'), bytes('b')], new Set([bytes('a')])]) {
      const conversation = new Conversation((_environ, startResponse) => {
        startResponse('200 OK', [['Content-Length', '1']]);
        return body;
      });
      conversation.writer.accepts = () => false;
      await conversation.run().finished();
      expect(conversation.writer.calls).toEqual(['head 200 OK +a end', 'finished']);
      expect(conversation.writer.breaches).toEqual([]);
    }
  });

  it('a synchronous application that returns an array is answered before run() returns', () => {
    const { writer } = new Conversation(returning([bytes('a')])).run();
    expect(writer.calls).toEqual(['head 200 OK +a end', 'finished']);
  });

  it('a synchronous generator is sent before run() returns', () => {
    const { writer } = new Conversation(returning([bytes('a'), bytes('b')].values())).run();
    expect(writer.calls.slice(0, 3)).toEqual(['head 200 OK +a', 'write b', 'end']);
  });
});
