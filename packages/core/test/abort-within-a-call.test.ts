import { describe, expect, it } from 'vitest';
import { TsgiAbortError } from '../src/index.ts';
import { bytes, Conversation } from './scripted-writer.ts';

const gone = new TsgiAbortError('gone');

describe('a peer that goes within a call', () => {
  it('R79: a peer that goes within a call of the wire is told nothing more', async () => {
    const bodies = [() => [bytes('a'), bytes('b')], () => new Set([bytes('a'), bytes('b')]), () => [bytes('a')]];
    for (const length of ['1', '2', '5', undefined]) {
      for (const body of bodies) {
        const conversation = new Conversation((_environ, startResponse) => {
          startResponse('200 OK', length === undefined ? [] : [['Content-Length', length]]);
          return body();
        });
        conversation.writer.onBytes = () => conversation.abort(gone);
        await conversation.run().finished();
        expect(conversation.writer.breaches).toEqual([]);
        expect(conversation.writer.calls).toHaveLength(2);
      }
    }
  });

  it('R79: a peer that goes within the last write is told nothing more', async () => {
    const conversation = new Conversation((_environ, startResponse) => {
      startResponse('200 OK', [['Content-Length', '2']]);
      return [bytes('a'), bytes('b')];
    });
    conversation.writer.onBytes = () => {
      if (conversation.writer.sent === 2) conversation.abort(gone);
    };
    await conversation.run().finished();
    expect(conversation.writer.calls).toEqual(['head 200 OK +a', 'write b', 'finished']);
    expect(conversation.writer.breaches).toEqual([]);
  });

  it('R18: a peer that goes while a synchronous next() runs: its chunk is dropped, its generator ended', async () => {
    const seen: string[] = [];
    const conversation = new Conversation((_environ, startResponse) => {
      startResponse('200 OK', []);
      const body = (function* () {
        try {
          conversation.abort(gone);
          yield bytes('a');
          seen.push('never');
        } finally {
          seen.push('finally');
        }
      })();
      return Object.assign(body, { close: () => void seen.push('close') });
    });
    await conversation.run().finished();
    expect(seen).toEqual(['finally', 'close']);
    expect(conversation.writer.calls).toEqual(['finished']);
    expect(conversation.errors).toBe('');
  });

  it('R18: the same within an asynchronous next(), and one that throws', async () => {
    const seen: string[] = [];
    for (const fails of [false, true]) {
      const conversation = new Conversation((_environ, startResponse) => {
        startResponse('200 OK', []);
        return (async function* () {
          try {
            conversation.abort(gone);
            if (fails) throw gone;
            yield bytes('a');
          } finally {
            seen.push('finally');
          }
        })();
      });
      await conversation.run().finished();
      expect(conversation.writer.calls).toEqual(['finished']);
      expect(conversation.errors).toBe('');
    }
    expect(seen).toEqual(['finally', 'finally']);
  });

  it('R18: the same within a next() whose promise never settles', async () => {
    const seen: string[] = [];
    const conversation = new Conversation((_environ, startResponse) => {
      startResponse('200 OK', []);
      return {
        [Symbol.asyncIterator]: () => ({
          next: () => {
            conversation.abort(gone);
            return new Promise<never>(() => {});
          },
          return: async () => {
            seen.push('return');
            return { done: true, value: undefined };
          },
        }),
        close: () => {
          seen.push('close');
        },
      };
    });
    await conversation.run().finished();
    expect(seen).toEqual(['return', 'close']);
  });
});
