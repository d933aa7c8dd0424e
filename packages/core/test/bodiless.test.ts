import { describe, expect, it } from 'vitest';
import type { App, Header } from '../src/index.ts';
import { bytes, Conversation, converse } from './scripted-writer.ts';

function answering(status: string, headers: Header[], body: () => Iterable<Uint8Array>): App {
  return (_environ, startResponse) => {
    startResponse(status, headers);
    return body();
  };
}

const bodies: [string, () => Iterable<Uint8Array>][] = [
  ['an array of one', () => [bytes('abc')]],
  ['an array of two', () => [bytes('abc'), bytes('def')]],
  ['a generator', () => [bytes(''), bytes('abc'), bytes('def')].values()],
  ['nothing', () => []],
];

describe('responses without a body', () => {
  for (const [name, body] of bodies) {
    it(`R84: HEAD drops ${name}`, async () => {
      const { writer, errors } = await converse(answering('200 OK', [], body), { method: 'HEAD' });
      expect(writer.calls).toEqual(['head 200 OK end', 'finished']);
      expect(writer.head?.hasBody).toBe(false);
      expect(errors).toBe('');
    });

    for (const status of ['204 No Content', '304 Not Modified']) {
      it(`R85: ${status} drops ${name}`, async () => {
        const { writer } = await converse(answering(status, [], body));
        expect(writer.calls).toEqual([`head ${status} end`, 'finished']);
        expect(writer.head?.headers).toEqual([]);
      });
    }
  }

  it('R84: HEAD has the Content-Length that its GET would have', async () => {
    const given = await converse(
      answering('200 OK', [['Content-Length', '12345']], () => []),
      { method: 'HEAD' },
    );
    expect(given.header('Content-Length')).toBe('12345');
    const computed = await converse(
      answering('200 OK', [], () => [bytes('abc')]),
      { method: 'HEAD' },
    );
    expect(computed.header('Content-Length')).toBe('3');
  });

  it('R84: HEAD without bytes announces no length: its GET may have one', async () => {
    for (const body of [() => [], () => [bytes('')], () => [bytes('')].values()]) {
      const conversation = await converse(answering('200 OK', [], body), { method: 'HEAD' });
      expect(conversation.header('Content-Length')).toBeUndefined();
    }
  });

  it('R84: HEAD iterates to the first chunk that has bytes, then returns and closes', async () => {
    const seen: string[] = [];
    await converse(
      (_environ, startResponse) => {
        const generator = (function* () {
          try {
            seen.push('start');
            startResponse('200 OK', [['X-Lazy', 'yes']]);
            yield bytes('');
            seen.push('bytes');
            yield bytes('abc');
            seen.push('never');
            yield bytes('def');
          } finally {
            seen.push('return');
          }
        })();
        return Object.assign(generator, {
          close: () => {
            seen.push('close');
          },
        });
      },
      { method: 'HEAD' },
    );
    expect(seen).toEqual(['start', 'bytes', 'return', 'close']);
  });

  it('R84: write over HEAD sends the head alone and resolves', async () => {
    const { writer, errors } = await converse(
      async (_environ, startResponse) => {
        const write = startResponse('200 OK', []);
        await write(bytes('abc'));
        await write(bytes('def'));
        return [bytes('ghi')];
      },
      { method: 'HEAD' },
    );
    expect(writer.calls).toEqual(['head 200 OK end', 'finished']);
    expect(errors).toBe('');
  });

  it('R84: write over HEAD may exceed nothing, for nothing is sent', async () => {
    const { errors } = await converse(
      async (_environ, startResponse) => {
        const write = startResponse('200 OK', [['Content-Length', '3']]);
        await write(bytes('abc'));
        await write(bytes('def'));
        return [];
      },
      { method: 'HEAD' },
    );
    expect(errors).toBe('');
  });

  it('R84: HEAD stays HEAD when the application rewrites the method', async () => {
    const { writer } = await converse(
      (environ, startResponse) => {
        environ.REQUEST_METHOD = 'GET';
        startResponse('200 OK', []);
        return [bytes('abc')];
      },
      { method: 'HEAD' },
    );
    expect(writer.calls).toEqual(['head 200 OK end', 'finished']);
  });

  it('R84: an error over HEAD has no body either', async () => {
    const { writer } = await converse(
      () => {
        throw new Error('no');
      },
      { method: 'HEAD' },
    );
    expect(writer.calls).toEqual(['head 500 Internal Server Error end', 'finished']);
  });

  it('R85: Content-Length is dropped on 204 and kept on 304', async () => {
    const headers: Header[] = [
      ['Content-Length', '3'],
      ['X-A', '1'],
    ];
    const none = await converse(answering('204 No Content', headers, () => []));
    expect(none.writer.head?.headers).toEqual([['X-A', '1']]);
    expect(none.writer.head?.contentLength).toBe(-1);
    const unmodified = await converse(answering('304 Not Modified', headers, () => []));
    expect(unmodified.header('Content-Length')).toBe('3');
    expect(unmodified.errors + none.errors).toBe('');
  });

  it('R85: an asynchronous body of a 304 is ended after its first bytes', async () => {
    const seen: string[] = [];
    const conversation = new Conversation((_environ, startResponse) => {
      startResponse('304 Not Modified', []);
      return (async function* () {
        try {
          yield bytes('abc');
          seen.push('never');
        } finally {
          seen.push('return');
        }
      })();
    }).run();
    await conversation.finished();
    expect(seen).toEqual(['return']);
    expect(conversation.writer.calls).toEqual(['head 304 Not Modified end', 'finished']);
  });
});
