import type { Body, Bytes, Environ, StartResponse } from '@tsgi/core';

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Step = Awaited<ReturnType<Reader['read']>>;

const NOTHING: Bytes[] = [];
/** Turns of the microtask queue in which a stream that is whole has said so. */
const TURNS = 3;

function ignore(): void {}

/** A `ReadableStream` as a body: each chunk is taken when the last one was accepted, what is left is cancelled. */
export class ReaderBody implements AsyncIterableIterator<Bytes> {
  readonly #reader: Reader;
  /** Reads that were begun already, in order. */
  readonly #begun: Promise<Step>[];
  #iterated = false;

  constructor(reader: Reader, begun: Promise<Step>[]) {
    this.#reader = reader;
    this.#begun = begun;
  }

  [Symbol.asyncIterator](): this {
    this.#iterated = true;
    return this;
  }

  next(): Promise<IteratorResult<Bytes, undefined>> {
    const step = this.#begun.shift() ?? this.#reader.read();
    return step as Promise<IteratorResult<Bytes, undefined>>;
  }

  async return(): Promise<IteratorResult<Bytes, undefined>> {
    await this.#reader.cancel();
    return { done: true, value: undefined };
  }

  /** The client may have left before the body was asked for its first chunk: nobody calls `return` then. */
  close(): void | Promise<void> {
    return this.#iterated ? undefined : this.#reader.cancel();
  }
}

/** Whether a promise settles within a few turns of the microtask queue. */
async function settlesSoon(promise: Promise<unknown>): Promise<boolean> {
  const state = { settled: false };
  const note = (): void => {
    state.settled = true;
  };
  promise.then(note, note);
  for (let turn = 0; turn < TURNS && !state.settled; turn++) await undefined;
  return state.settled;
}

/**
 * A stream that has come whole in one chunk goes out as one, in one write with its head. Of any other the chunks go out
 * as they come; where the first is late, the head goes before it, as a client of a stream of events expects.
 */
export async function readerBody(reader: Reader, environ: Environ, startResponse: StartResponse): Promise<Body> {
  const first = reader.read();
  if (!(await settlesSoon(first))) {
    sendHeadUnlessSoon(first, environ, startResponse);
    return new ReaderBody(reader, [first]);
  }
  const step = await first;
  if (step.done) return NOTHING;
  const second = reader.read();
  if ((await settlesSoon(second)) && (await isEnd(second))) return [step.value];
  return new ReaderBody(reader, [first, second]);
}

/** How long a stream is that has come whole in one chunk; of any other that is not known. What is left is cancelled. */
export async function lengthOfWhole(reader: Reader): Promise<number | undefined> {
  const first = reader.read();
  try {
    if (!(await settlesSoon(first))) return undefined;
    const step = await first;
    if (step.done) return 0;
    const second = reader.read();
    return (await settlesSoon(second)) && (await isEnd(second)) ? step.value.byteLength : undefined;
  } catch {
    // As over HEAD nobody wants the body, nobody hears that it fails.
    return undefined;
  } finally {
    first.catch(ignore);
    reader.cancel().catch(ignore);
  }
}

async function isEnd(step: Promise<Step>): Promise<boolean> {
  try {
    return (await step).done;
  } catch {
    // It is read again behind the first chunk, and fails there.
    return false;
  }
}

/** Gives a stream one turn of the event loop: an answer that is only being compressed is better sent in one write. */
function sendHeadUnlessSoon(first: Promise<unknown>, environ: Environ, startResponse: StartResponse): void {
  const sendHead = environ['tsgi.send_head'];
  if (sendHead === undefined) return;
  const timer = setTimeout(() => {
    try {
      sendHead(startResponse);
    } catch {
      // A middleware has a head of its own to send (R91): then it leaves with the first chunk.
    }
  }, 0);
  first.then(
    () => clearTimeout(timer),
    () => clearTimeout(timer),
  );
  first.catch(ignore);
}
