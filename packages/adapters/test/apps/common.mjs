// What the same application in seven frameworks has in common; each of them does the rest its own way.
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export const MORE = 64 * 1024;
export const PIECES = 1024;

/** Tells the test something, past the wire. */
export function tell(file, text) {
  if (file !== undefined && file !== null) appendFileSync(file, `${text}\n`);
}

/** Waits until the client has made `file`, by which it says what it has seen; but not for ever. */
async function seen(file) {
  for (let tries = 0; tries < 2000; tries++) {
    if (existsSync(file)) return true;
    await delay(10);
  }
  return false;
}

/** Two pieces, the second when the client has seen the first. */
export async function* pieces(file) {
  yield 'first\n';
  yield (await seen(file)) ? 'second\n' : 'the first was not seen\n';
}

/** A piece that comes when the client has seen the head. */
export async function* late(file) {
  yield (await seen(file)) ? 'late\n' : 'the head was not seen\n';
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
