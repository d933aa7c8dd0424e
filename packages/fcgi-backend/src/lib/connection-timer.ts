import { TsgiError } from '@tsgi/core';
import type { ServerRequest } from './server-request.ts';

/** What a connection waits for: PARAMS to be complete, more of a body, or the next request. */
export type Awaited = 'params' | 'body' | 'idle';

/** The one timer of a connection. It is armed only while something is late: a request that comes whole needs none. */
export class ConnectionTimer {
  readonly #onTimeout: (awaited: Awaited) => void;
  #awaited: Awaited | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(onTimeout: (awaited: Awaited) => void) {
    this.#onTimeout = onTimeout;
  }

  /** Waiting for the same again goes on, except for a body: each of its pieces has its own time. */
  await(awaited: Awaited, milliseconds: number): void {
    if (this.#awaited === awaited) {
      if (awaited === 'body') this.#timer?.refresh();
      return;
    }
    this.stop();
    this.#awaited = awaited;
    this.#timer = setTimeout(() => {
      this.#awaited = undefined;
      this.#timer = undefined;
      this.#onTimeout(awaited);
    }, milliseconds);
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#awaited = undefined;
    this.#timer = undefined;
  }
}

/** What the requests of a connection wait for; `undefined` when it is their applications' turn. */
export function awaitedOf(active: ReadonlySet<ServerRequest>): 'params' | 'body' | undefined {
  let awaited: 'body' | undefined;
  for (const { stage, stdin, data } of active) {
    if (stage === 'params') return 'params';
    if (stdin?.waiting === true || data?.waiting === true) awaited = 'body';
  }
  return awaited;
}

/** Tells the applications that wait for bytes of a body that none came for `milliseconds`. */
export function failLateBodies(active: ReadonlySet<ServerRequest>, milliseconds: number): void {
  const error = new TsgiError(`no byte of the request body within ${milliseconds} ms`, {
    code: 'BODY_TIMEOUT',
    side: 'peer',
    statusHint: 408,
  });
  for (const { stdin, data } of active) {
    if (stdin?.waiting === true) stdin.fail(error);
    if (data?.waiting === true) data.fail(error);
  }
}
