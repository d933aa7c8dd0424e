import { declaredLength } from '../cgi/cgi-environ.ts';
import type { Bytes, Environ } from '../contract/contract.ts';
import type { TsgiError } from '../contract/errors.ts';
import { ByteQueue } from '../input/byte-queue.ts';
import { gatewayError } from './gateway-error.ts';

/** A request body on its way through a gateway. */
export interface ForwardedBody {
  /** CONTENT_LENGTH; `undefined` when there is none and no body either. */
  readonly length: number | undefined;
  readonly chunks: Iterable<Bytes> | AsyncIterable<Bytes>;
  /** It is in memory, and can be sent again. */
  readonly replayable: boolean;
  /** Nobody reads it any more. May be called more than once. */
  release(): void;
}

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
}

const noRelease = (): void => {};

/**
 * The body of a request with its length, which goes before it on every CGI-like wire (php-fpm reads nothing without it).
 * One whose length the client did not announce is kept until its end: in memory, and what is too much for it in a file.
 *
 * @throws TsgiError (413) for more than `maxBody` bytes, (507) when the file cannot be written; what reading it throws.
 */
export async function forwardedBody(environ: Environ, settings: BodySettings): Promise<ForwardedBody> {
  const length = declaredLength(environ);
  const input = environ['tsgi.input'];
  if (length !== undefined) {
    if (length > settings.maxBody) throw tooLarge(settings.maxBody);
    return length === 0
      ? { length, chunks: [], replayable: true, release: noRelease }
      : { length, chunks: input, replayable: false, release: noRelease };
  }
  if (environ['tsgi.has_body'] === false) {
    return { length: undefined, chunks: [], replayable: true, release: noRelease };
  }
  const { maxSpool, openSpool } = settings;
  const limit = openSpool === undefined ? Math.min(settings.maxBody, maxSpool) : settings.maxBody;
  const memory = new ByteQueue();
  let file: SpoolFile | undefined;
  let received = 0;
  try {
    for await (const chunk of input) {
      received += chunk.byteLength;
      if (received > limit) throw tooLarge(limit);
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
  const spooled = file;
  return { length: received, chunks: readBack(spooled), replayable: false, release: () => spooled.close() };
}

const WRITE_SIZE = 65_536;

async function moveTo(file: SpoolFile, memory: ByteQueue): Promise<void> {
  while (memory.length > 0) await stored(file.write(memory.take(Infinity)));
}

async function* readBack(file: SpoolFile): AsyncGenerator<Bytes, void, undefined> {
  const chunks = file.chunks()[Symbol.asyncIterator]();
  for (;;) {
    const step = await stored(chunks.next());
    if (step.done === true) return;
    yield step.value;
  }
}

async function stored<Result>(step: Promise<Result>): Promise<Result> {
  try {
    return await step;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw gatewayError('SPOOL_FAILED', 507, `the request body cannot be stored until its end: ${why}`, cause);
  }
}

function tooLarge(limit: number): TsgiError {
  return gatewayError('BODY_TOO_LARGE', 413, `the request body is longer than ${limit} bytes`);
}
