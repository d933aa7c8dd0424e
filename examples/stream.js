import { setTimeout as sleep } from 'node:timers/promises';

/** @param {AbortSignal} signal */
async function* lines(signal) {
  const encoder = new TextEncoder();
  for (let line = 1; line <= 10; line += 1) {
    yield encoder.encode(`line ${line} of 10\n`);
    // The signal fires when the client has gone: the generator ends at once instead of sleeping on.
    await sleep(300, undefined, { signal });
  }
}

/**
 * One line each 300 ms; every chunk is sent when it is yielded (R86). Watch it with `curl -N`.
 *
 * @type {import('@tsgi/core').App}
 */
export default function stream(environ, startResponse) {
  startResponse('200 OK', [['Content-Type', 'text/plain; charset=utf-8']]);
  return lines(environ['tsgi.signal']);
}
