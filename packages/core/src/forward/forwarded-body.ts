import { declaredLength } from '../cgi/cgi-environ.ts';
import type { Bytes, Environ } from '../contract/contract.ts';
import { countedBytes, type TsgiError } from '../contract/errors.ts';
import { ArrivingBody } from './arriving-body.ts';
import type { ForwardedBody } from './body-pump.ts';
import { ByteQueue } from '../input/byte-queue.ts';
import { gatewayError } from './gateway-error.ts';

/** Where a body lies that is too long for memory. Each method may reject with what the system says. */
export interface SpoolFile {
  /** Adds to its end. */
  write(bytes: Bytes): Promise<void>;
  /** What was written, from the beginning. */
  chunks(): AsyncIterable<Bytes>;
  /** It is gone then. */
  close(): void;
}

/** What bounds a body. Sizes are bytes. */
export interface BodySettings {
  readonly maxBody: number;
  /** How much of a body of unknown length is held in memory. */
  readonly maxSpool: number;
  /** Where the rest goes; without it the rest is refused. */
  readonly openSpool: (() => Promise<SpoolFile>) | undefined;
  /** One whose length is known is read to its end first, too. */
  readonly readsFirst?: boolean;
}

const noRelease = (): void => {};

/**
 * The body of a request with its length, which goes before it on every CGI-like wire (php-fpm reads nothing without it).
 * One whose length the client did not announce is kept until its end: in memory, and what is too much for it in a file.
 *
 * @param mayBeSentAgain there is another target, or another connection: the beginning of one that is sent as it comes is kept.
 * @throws TsgiError (413) for more than `maxBody` bytes, or, without that, more than a gibibyte for the file; (507) when the file cannot be written; what reading it throws.
 */
export function forwardedBody(
  environ: Environ,
  settings: BodySettings,
  mayBeSentAgain = false,
): ForwardedBody | Promise<ForwardedBody> {
  const length = declaredLength(environ);
  if (length !== undefined) {
    if (length > settings.maxBody) throw tooLarge(settings.maxBody);
    if (length === 0) return { length, chunks: [], replayable: true, release: noRelease };
    if (settings.readsFirst !== true) {
      const input = environ['tsgi.input'];
      if (mayBeSentAgain) return new ArrivingBody(input, length);
      return { length, chunks: input, replayable: false, release: noRelease };
    }
  } else if (environ['tsgi.has_body'] === false) {
    return { length: undefined, chunks: [], replayable: true, release: noRelease };
  }
  return storedBody(environ, settings);
}

async function storedBody(environ: Environ, settings: BodySettings): Promise<ForwardedBody> {
  const { maxSpool, openSpool } = settings;
  const limit = openSpool === undefined ? Math.min(settings.maxBody, maxSpool) : fileLimit(settings);
  const memory = new ByteQueue();
  let file: SpoolFile | undefined;
  let received = 0;
  try {
    for await (const chunk of environ['tsgi.input']) {
      received += chunk.byteLength;
      if (received > limit) throw tooLarge(limit, settings.maxBody);
      memory.push(chunk);
      if (received <= maxSpool || openSpool === undefined) continue;
      // Written in blocks: a client may send its bytes one by one.
      if (file === undefined) file = await stored(openSpool());
      else if (memory.length < WRITE_SIZE) continue;
      await moveTo(file, memory);
    }
    if (file === undefined) {
      const chunks: Bytes[] = [];
      while (memory.length > 0) chunks.push(memory.take(Infinity));
      // nginx's $content_length: a body of nothing is one of length 0, and not none.
      const isNone = received === 0 && environ['tsgi.has_body'] !== true;
      return { length: isNone ? undefined : received, chunks, replayable: true, release: noRelease };
    }
    await moveTo(file, memory);
  } catch (error) {
    file?.close();
    throw error;
  }
  return new SpooledBody(file, received);
}

/** A body in a file, which is gone when it is released and nobody reads it. */
class SpooledBody implements ForwardedBody {
  readonly length: number;
  readonly replayable = true;
  readonly chunks: AsyncIterable<Bytes> = { [Symbol.asyncIterator]: () => this.#read() };
  readonly #file: SpoolFile;
  #readers = 0;
  #released = false;

  constructor(file: SpoolFile, length: number) {
    this.#file = file;
    this.length = length;
  }

  release(): void {
    this.#released = true;
    if (this.#readers === 0) this.#file.close();
  }

  async *#read(): AsyncGenerator<Bytes, void, undefined> {
    this.#readers++;
    try {
      const chunks = this.#file.chunks()[Symbol.asyncIterator]();
      for (let step = await stored(chunks.next()); step.done !== true; step = await stored(chunks.next())) {
        yield step.value;
      }
    } finally {
      this.#readers--;
      if (this.#released) this.release();
    }
  }
}

const WRITE_SIZE = 65_536;

/** What a client may put onto the disk where nobody has said how much: as much as Apache takes (`LimitRequestBody`). */
const MOST_UNASKED = 1_073_741_824;

function fileLimit({ maxBody, maxSpool }: BodySettings): number {
  return maxBody === Infinity ? Math.max(MOST_UNASKED, maxSpool) : maxBody;
}

async function moveTo(file: SpoolFile, memory: ByteQueue): Promise<void> {
  while (memory.length > 0) await stored(file.write(memory.take(Infinity)));
}

async function stored<Result>(step: Promise<Result>): Promise<Result> {
  try {
    return await step;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw gatewayError('SPOOL_FAILED', 507, `the request body cannot be stored until its end: ${why}`, cause);
  }
}

function tooLarge(limit: number, maxBody = limit): TsgiError {
  const hint = maxBody === Infinity ? '; maxBody says how long one of unknown length may be' : '';
  return gatewayError('BODY_TOO_LARGE', 413, `the request body is longer than ${countedBytes(limit)}${hint}`);
}
