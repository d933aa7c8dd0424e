import { copyEnviron, type Bytes, type Input } from '@tsgi/core';
import { aroundApp, type FaultyServer } from './faulty-server.ts';

type InputFault = (input: Input) => Input;

const NOTHING: Bytes = new Uint8Array(0);

/** A right input of which some methods are replaced. */
function replacing(input: Input, methods: Partial<Input> & Record<string, unknown>): Input {
  return {
    read: (size) => (size === undefined ? input.read() : input.read(size)),
    readline: (size) => (size === undefined ? input.readline() : input.readline(size)),
    readlines: (hint) => (hint === undefined ? input.readlines() : input.readlines(hint)),
    [Symbol.asyncIterator]: () => input[Symbol.asyncIterator](),
    ...methods,
  };
}

function faulty(
  fault: string,
  caughtBy: string,
  make: InputFault,
  wire: 'http' | 'fcgi' | 'scgi' = 'http',
): FaultyServer {
  return aroundApp(
    fault,
    caughtBy,
    (app) => (environ, startResponse) =>
      app(copyEnviron(environ, { 'tsgi.input': make(environ['tsgi.input']) }), startResponse),
    wire,
  );
}

/** Gathers everything, and takes an error for the end. */
async function gathered(input: Input): Promise<Buffer> {
  const chunks: Bytes[] = [];
  try {
    for await (const chunk of input) chunks.push(chunk);
  } catch {
    // A peer that is gone looks like a body that is over: the fault.
  }
  return Buffer.concat(chunks);
}

/** Steps that are taken before anybody can ask for another. */
function stepsAtOnce(input: Input): Input {
  return replacing(input, {
    [Symbol.asyncIterator]: () => {
      const rest = input.read();
      let given = false;
      return {
        next: async () => {
          if (given) return { done: true, value: undefined };
          given = true;
          return { done: false, value: await rest };
        },
      };
    },
    read: async () => NOTHING,
  });
}

/** Inputs that are wrong in one method. */
export const inputFaults: readonly FaultyServer[] = [
  faulty(
    'a read beside a step of an iteration is let through',
    'a-read-beside-a-step-of-an-iteration-is-refused',
    stepsAtOnce,
  ),
  faulty('lines lose their carriage returns', 'lines-keep-their-carriage-returns', (input) =>
    replacing(input, {
      readline: async () => {
        const line = Buffer.from(await input.readline());
        return line.at(-2) === 0x0d ? Buffer.concat([line.subarray(0, -2), line.subarray(-1)]) : line;
      },
    }),
  ),
  faulty('a body cut short looks whole', 'a-body-cut-short-rejects', (input) =>
    replacing(input, { read: () => gathered(input) }),
  ),
  faulty(
    'a body cut short looks whole over FastCGI',
    'a-body-that-ends-before-its-length-rejects',
    (input) => replacing(input, { read: () => gathered(input) }),
    'fcgi',
  ),
  faulty(
    'a body cut short looks whole over SCGI',
    'a-body-cut-short-rejects',
    (input) => replacing(input, { read: () => gathered(input) }),
    'scgi',
  ),
  faulty('read() gives the first chunk only', 'a-large-body-can-be-read-at-once', (input) =>
    replacing(input, { read: (size) => input.read(size ?? 65_536) }),
  ),
  faulty('read(size) gives what there is', 'read-with-a-size-gives-at-most-that', (input) =>
    replacing(input, { read: () => input.read() }),
  ),
  faulty('read(0) takes a byte', 'read-0-takes-nothing', (input) =>
    replacing(input, { read: (size) => (size === undefined ? input.read() : input.read(size || 1)) }),
  ),
  faulty('read at the end waits for ever', 'after-the-end-reads-are-empty', (input) => {
    let ended = false;
    return replacing(input, {
      read: async (size) => {
        if (ended) return new Promise<Bytes>(() => {});
        ended = true;
        return size === undefined ? input.read() : input.read(size);
      },
    });
  }),
  faulty('read at the end gives null', 'without-a-body-read-gives-nothing', (input) =>
    replacing(input, { read: async () => null as never }),
  ),
  faulty('readline leaves the line break out', 'readline-gives-lines-with-their-ends', (input) =>
    replacing(input, {
      readline: async () => {
        const line = await input.readline();
        return line.at(-1) === 10 ? line.subarray(0, -1) : line;
      },
    }),
  ),
  faulty('readline does not mind its size', 'readline-with-a-size-cuts-long-lines', (input) =>
    replacing(input, { readline: () => input.readline() }),
  ),
  faulty('readlines does not mind its hint', 'readlines-with-a-hint-stops-after-it', (input) =>
    replacing(input, { readlines: () => input.readlines() }),
  ),
  faulty('a negative size means all', 'a-negative-size-is-refused', (input) =>
    replacing(input, { read: (size) => (size === undefined || size < 0 ? input.read() : input.read(size)) }),
  ),
  faulty('a size may be text', 'a-size-that-is-text-is-refused', (input) =>
    replacing(input, { read: (size) => (size === undefined ? input.read() : input.read(Number(size))) }),
  ),
  faulty('two reads at once share the body', 'two-reads-at-once-are-refused', (input) => {
    let last: Promise<unknown> = Promise.resolve();
    return replacing(input, {
      read: () => {
        const read = last.then(() => input.read());
        last = read;
        return read;
      },
    });
  }),
  faulty('chunks of the input are text', 'chunks-are-bytes', (input) =>
    replacing(input, { read: async () => Buffer.from(await input.read()).toString() as never }),
  ),
  faulty('the input is text on its way', 'every-byte-value-arrives', (input) =>
    replacing(input, { read: async () => Buffer.from(Buffer.from(await input.read()).toString('utf8')) }),
  ),
  faulty('the input has a close', 'the-input-has-its-methods-and-no-close', (input) =>
    replacing(input, { close() {} }),
  ),
  faulty('iteration gives lines', 'iteration-gives-the-body-in-chunks', (input) =>
    replacing(input, {
      async *[Symbol.asyncIterator]() {
        for (const line of await input.readlines()) yield line;
        yield NOTHING;
      },
    }),
  ),
  faulty('the body is gathered before the application is called', 'a-body-is-read-while-it-arrives', (input) => {
    const all = gathered(input);
    let taken = false;
    return replacing(input, {
      read: async () => {
        const body = await all;
        const given = taken ? NOTHING : body;
        taken = true;
        return given;
      },
    });
  }),
  faulty(
    'a body that nobody reads is taken in without end',
    'a-body-that-nobody-reads-is-not-taken-in-without-end',
    (input) => {
      const all = gathered(input);
      void all;
      return replacing(input, { read: async () => Buffer.alloc(1) });
    },
  ),
];
