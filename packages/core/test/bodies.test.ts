import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { App } from '../src/index.ts';
import { bytes, converse, settle, unchecked } from './scripted-writer.ts';

/** An application that answers 200 with whatever it is given. */
function returning(body: unknown): App {
  return unchecked((_environ, startResponse) => {
    startResponse('200 OK', []);
    return body;
  });
}

async function* asynchronously(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    await settle();
    yield bytes(chunk);
  }
}

describe('bodies', () => {
  it('R3: arrays, generators, asynchronous generators, sets, promises of them', async () => {
    const bodies: (() => unknown)[] = [
      () => [bytes('a'), bytes('b')],
      () => [Buffer.from('a'), Buffer.from('b')],
      () => new Set([bytes('a'), bytes('b')]),
      () => [bytes('a'), bytes('b')].values(),
      () => asynchronously('a', 'b'),
      () => Promise.resolve([bytes('a'), bytes('b')]),
      () => Promise.resolve(asynchronously('a', 'b')),
      () =>
        new ReadableStream({
          start(controller) {
            controller.enqueue(bytes('a'));
            controller.enqueue(bytes('b'));
            controller.close();
          },
        }),
    ];
    for (const body of bodies) {
      const { writer, errors } = await converse(returning(body()));
      expect(writer.calls).toEqual(['head 200 OK +a', 'write b', 'end', 'finished']);
      expect(errors).toBe('');
    }
  });

  it('R3: what is no iterable is a 500 that says what was found', async () => {
    const table: [unknown, string][] = [
      [undefined, 'R3: the application returned undefined'],
      [null, 'R3: the application returned null'],
      [42, 'R3: the application returned a number'],
      [true, 'R3: the application returned a boolean'],
      [{}, 'R3: the application returned an object that is no iterable'],
      [() => {}, 'R3: the application returned an object that is no iterable'],
      [{ [Symbol.iterator]: 1 }, 'R3'],
      [{ [Symbol.iterator]: () => 1 }, 'R3: the application returned an iterable whose iterator has no next()'],
      [{ [Symbol.iterator]: () => ({}) }, 'R3'],
      [Promise.resolve(), 'R3: the application returned undefined'],
    ];
    for (const [body, message] of table) {
      const conversation = await converse(returning(body));
      expect(conversation.writer.calls).toEqual([
        'head 500 Internal Server Error +500 Internal Server Error\n end',
        'finished',
      ]);
      expect(conversation.errors).toContain(message);
    }
  });

  it('R4: bytes or text in place of a body are a 500', async () => {
    for (const body of [
      'text',
      '',
      bytes('abc'),
      Buffer.from('abc'),
      new ArrayBuffer(3),
      new DataView(new ArrayBuffer(1)),
    ]) {
      const { writer, errors } = await converse(returning(body));
      expect(writer.head?.code).toBe(500);
      expect(errors).toContain('R4: the application returned');
    }
  });

  it('R5: a chunk that is not bytes is a 500, whatever iterates it', async () => {
    const chunks = [
      'text',
      42,
      null,
      undefined,
      [97],
      {},
      new ArrayBuffer(1),
      new Uint16Array(1),
      new DataView(new ArrayBuffer(1)),
    ];
    for (const chunk of chunks) {
      for (const body of [[chunk], [chunk, chunk], new Set([chunk])]) {
        const { writer, errors } = await converse(returning(body));
        expect(writer.calls[0]).toMatch(/^head 500 /);
        expect(errors).toContain('R5: a chunk is a Uint8Array');
      }
    }
  });

  it('R5: shared memory is refused', async () => {
    const { writer, errors } = await converse(returning([new Uint8Array(new SharedArrayBuffer(4))]));
    expect(writer.head?.code).toBe(500);
    expect(errors).toContain('R5');
  });

  it('R5: a chunk that is not bytes after the head cuts the response off', async () => {
    const { writer, errors } = await converse(returning([bytes('a'), 'b', bytes('c')]));
    expect(writer.calls).toEqual(['head 200 OK +a', 'abort', 'finished']);
    expect(errors).toContain('R5');
  });

  it('R5: promises in a synchronous body are no bytes, and one that rejects does not end the process', async () => {
    const rejections: unknown[] = [];
    const note = (error: unknown): void => {
      rejections.push(error);
    };
    process.on('unhandledRejection', note);
    try {
      for (const chunk of [() => Promise.resolve(bytes('a')), () => Promise.reject(new Error('late'))]) {
        for (const body of [() => [chunk()], () => [chunk()].values()]) {
          const { writer, errors } = await converse(returning(body()));
          expect(writer.head?.code).toBe(500);
          expect(errors).toContain('R5: a chunk is a Uint8Array over an ArrayBuffer, found Promise');
        }
      }
      await settle();
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(rejections).toEqual([]);
  });

  it('R19: a synchronous iterator whose next() gives promises is driven like an asynchronous one', async () => {
    const steps = [bytes('a'), bytes('b')];
    const body = {
      [Symbol.iterator]: () => ({
        next: async () => {
          const value = steps.shift();
          return value === undefined ? { done: true } : { done: false, value };
        },
      }),
    };
    const { writer } = await converse(returning(body));
    expect(writer.body).toBe('ab');
  });

  it('R3: with both symbols, Symbol.asyncIterator is used', async () => {
    const body = {
      *[Symbol.iterator]() {
        yield bytes('sync');
      },
      [Symbol.asyncIterator]: () => asynchronously('async'),
    };
    const { writer } = await converse(returning(body));
    expect(writer.body).toBe('async');
  });

  it('R3: an asyncIterator that is null leaves the iterator', async () => {
    const { writer } = await converse(
      returning({ [Symbol.asyncIterator]: null, [Symbol.iterator]: () => [bytes('a')].values() }),
    );
    expect(writer.body).toBe('a');
  });

  it('R3: a body may be its own iterator', async () => {
    let count = 0;
    const body = {
      [Symbol.iterator]() {
        return this;
      },
      next() {
        count++;
        return count > 2 ? { done: true, value: undefined } : { done: false, value: bytes(String(count)) };
      },
    };
    const { writer } = await converse(returning(body));
    expect(writer.body).toBe('12');
    expect(count).toBe(3);
  });

  it('R3: a function may be a body', async () => {
    let closed = 0;
    const body = Object.assign(() => {}, {
      [Symbol.iterator]: () => [bytes('a')].values(),
      close: () => {
        closed++;
      },
    });
    const { writer } = await converse(returning(body));
    expect(writer.body).toBe('a');
    expect(closed).toBe(1);
  });

  it('R3: next() that gives no object is a 500', async () => {
    for (const step of [undefined, null, 1, 'text', Promise.resolve(), Promise.resolve(1)]) {
      const { writer, errors } = await converse(returning({ [Symbol.iterator]: () => ({ next: () => step }) }));
      expect(writer.head?.code).toBe(500);
      expect(errors).toContain("R3: the body's next() gave");
    }
  });

  it('R3: a truthy `done` ends the body, as in for…of', async () => {
    const { writer, errors } = await converse(
      returning({ [Symbol.iterator]: () => ({ next: () => ({ done: 1, value: bytes('a') }) }) }),
    );
    expect(writer.calls).toEqual(['head 200 OK end', 'finished']);
    expect(errors).toBe('');
  });

  it('R77: whatever throws in a body’s protocol is a 500, and run() never throws', async () => {
    const thrower = (): never => {
      throw new Error('thrown');
    };
    const getter = (key: PropertyKey): object => Object.defineProperty({}, key, { get: thrower });
    const bodies = [
      { [Symbol.iterator]: thrower },
      getter(Symbol.iterator),
      getter('then'),
      { [Symbol.iterator]: () => getter('next') },
      { [Symbol.iterator]: () => ({ next: thrower }) },
      { [Symbol.iterator]: () => ({ next: () => getter('done') }) },
      { [Symbol.iterator]: () => ({ next: () => getter('value') }) },
      { [Symbol.iterator]: () => ({ next: () => getter('then') }) },
      { [Symbol.iterator]: () => ({ next: () => ({ then: thrower }) }) },
      { [Symbol.asyncIterator]: () => ({ next: async () => getter('done') }) },
      { [Symbol.asyncIterator]: () => ({ next: async () => getter('value') }) },
    ];
    for (const [index, body] of bodies.entries()) {
      const { writer, errors } = await converse(returning(body));
      expect([index, writer.calls]).toEqual([
        index,
        ['head 500 Internal Server Error +500 Internal Server Error\n end', 'finished'],
      ]);
      expect(errors).toContain('thrown');
    }
  });

  it('R8: the body is needed even after write, and may be empty', async () => {
    const good = await converse((_environ, startResponse) => {
      void startResponse('200 OK', [])(bytes('a'));
      return [];
    });
    expect(good.writer.calls).toEqual(['head 200 OK +a', 'end', 'finished']);
    const bad = await converse(
      unchecked((_environ, startResponse: (...found: unknown[]) => unknown) => {
        const write = startResponse('200 OK', []);
        if (typeof write === 'function') write(bytes('a'));
      }),
    );
    expect(bad.writer.calls).toEqual(['head 200 OK +a', 'abort', 'finished']);
    expect(bad.errors).toContain('R3: the application returned undefined');
  });

  it('R11: a body is iterated once', async () => {
    let iterated = 0;
    await converse(
      returning({
        [Symbol.iterator]: () => {
          iterated++;
          return [bytes('a')].values();
        },
      }),
    );
    expect(iterated).toBe(1);
  });

  it('R10: nothing of a body is used but its iteration, close, and then', async () => {
    const touched = new Set<PropertyKey>();
    const body = new Proxy({ [Symbol.iterator]: () => [bytes('a')].values() } as object, {
      get(target, key, receiver) {
        touched.add(key);
        return Reflect.get(target, key, receiver);
      },
    });
    await converse(returning(body));
    expect(
      [...touched].filter((key) => ![Symbol.iterator, Symbol.asyncIterator, 'close', 'then'].includes(key as string)),
    ).toEqual([]);
  });

  it('R3: an array of another realm is a body', async () => {
    const body: unknown = runInNewContext('[chunk, chunk]', { chunk: bytes('a') });
    const { writer } = await converse(returning(body));
    expect(writer.body).toBe('aa');
  });
});
