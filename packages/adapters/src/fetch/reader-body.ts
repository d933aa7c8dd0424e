import type { Body, Bytes, Environ, StartResponse } from '@tsgi/core';

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Step = Awaited<ReturnType<Reader['read']>>;

const NOTHING: Bytes[] = [];
const settled = Promise.resolve();
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
 * The first look at a stream: decides within a few turns of the microtask queue whether it has come whole. Most small answers
 * pass here; an `await` would be a promise and a turn more.
 */
class FirstLook {
  readonly #reader: Reader;
  readonly #decide: (body: Body) => void;
  readonly #first: Promise<Step>;
  #second: Promise<Step> | undefined;
  #turnsLeft = TURNS;
  #decided = false;

  /** @param decide is called once, with the body, unless the first read fails. */
  constructor(reader: Reader, decide: (body: Body) => void) {
    this.#reader = reader;
    this.#decide = decide;
    this.#first = reader.read();
  }

  /** @param late is called with a first chunk that is not there in time, before its body is decided. */
  begin(failed: (error: unknown) => void, late: (first: Promise<Step>) => void): void {
    this.#first.then(
      (step) => this.#begun(step),
      (error: unknown) => {
        if (this.#decided) return;
        this.#decided = true;
        failed(error);
      },
    );
    const turn = (): void => {
      if (this.#decided) return;
      if (--this.#turnsLeft > 0) return void settled.then(turn);
      if (this.#second === undefined) late(this.#first);
      this.#stream();
    };
    void settled.then(turn);
  }

  #begun(step: Step): void {
    if (this.#decided) return;
    if (step.done) return this.#is(NOTHING);
    this.#turnsLeft = TURNS;
    this.#second = this.#reader.read();
    this.#second.then(
      ({ done }) => {
        if (this.#decided) return;
        if (done) this.#is([step.value]);
        else this.#stream();
      },
      // It is read again behind the first chunk, and fails there.
      () => this.#stream(),
    );
  }

  #stream(): void {
    if (this.#decided) return;
    this.#is(new ReaderBody(this.#reader, this.#second === undefined ? [this.#first] : [this.#first, this.#second]));
  }

  #is(body: Body): void {
    this.#decided = true;
    this.#decide(body);
  }
}

/**
 * A stream that has come whole in one chunk goes out as one, in one write with its head. Of any other the chunks go out
 * as they come; where the first is late, the head goes before it, as a client of a stream of events expects.
 */
export function readerBody(reader: Reader, environ: Environ, startResponse: StartResponse): Promise<Body> {
  return new Promise((resolve, reject) => {
    new FirstLook(reader, resolve).begin(reject, (first) => sendHeadUnlessSoon(first, environ, startResponse));
  });
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
