// What the same application in seven frameworks has in common; each of them does the rest its own way.
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Long enough to tell two events of a client apart, on a busy machine too. */
export const PAUSE = 700;
export const MORE = 64 * 1024;
export const PIECES = 1024;

/** Tells the test something, past the wire. */
export function tell(file, text) {
  if (file !== undefined && file !== null) appendFileSync(file, `${text}\n`);
}

/** Two pieces, the second a good while after the first. */
export async function* pieces() {
  yield 'first\n';
  await delay(PAUSE);
  yield 'second\n';
}

/** A piece that comes a good while after the head. */
export async function* late() {
  await delay(PAUSE);
  yield 'late\n';
}

/** 64 MiB, as far as somebody wants them; tells how far that was. */
export async function* much(file) {
  let count = 0;
  try {
    for (; count < PIECES; count++) yield Buffer.alloc(MORE, 97);
  } finally {
    tell(file, `made ${count * MORE}`);
  }
}

/** The same as a stream of fetch, which is pulled. */
export function webStream(iterable) {
  const iterator = iterable[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(typeof value === 'string' ? encoder.encode(value) : value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** How many bytes came, and their sum. */
export async function count(chunks) {
  let bytes = 0;
  let sum = 0;
  for await (const chunk of chunks ?? []) {
    bytes += chunk.byteLength;
    for (const byte of chunk) sum = (sum + byte) % 65_521;
  }
  return { bytes, sum };
}
