import type { Environ, Input } from '@tsgi/core';

/** Whether the request has a body that a `Request` can have: those of GET and HEAD never have one (Fetch §5.4). */
export function hasBody(environ: Environ): boolean {
  const { REQUEST_METHOD: method } = environ;
  return method !== 'GET' && method !== 'HEAD' && environ['tsgi.has_body'];
}

/** `tsgi.input` as a stream that takes a chunk from the wire when it is asked for one. */
export function inputStream(input: Input): ReadableStream<Uint8Array> {
  const iterator = input[Symbol.asyncIterator]();
  // No byte stream: it would take the chunk's memory away, which the server may share.
  return new ReadableStream(
    {
      async pull(controller) {
        const step = await iterator.next();
        if (step.done === true) controller.close();
        else controller.enqueue(step.value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
