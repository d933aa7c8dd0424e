import { TsgiError } from '@tsgi/core';
import type { ServerRequest } from './server-request.ts';
import type { ServerSettings } from './server-settings.ts';

/** What a connection waits for: PARAMS to be complete, more of a body, or the next request. */
export type Awaited = 'params' | 'body' | 'idle';

/** The one timer of a connection. It is armed only while something is late: a request that comes whole needs none. */
export class ConnectionTimer {
  readonly #settings: ServerSettings;
  readonly #onTimeout: (awaited: Awaited) => void;
  #awaited: Awaited | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** A new connection has the same time to its first request as any request has. */
  constructor(settings: ServerSettings, onTimeout: (awaited: Awaited) => void) {
    this.#settings = settings;
    this.#onTimeout = onTimeout;
    this.#await('params', settings.headersTimeout);
  }

  /**
   * Waits for what is due next, if anything is.
   *
   * @param midRecord a part of a record has come.
   */
  watch(active: ReadonlySet<ServerRequest>, midRecord: boolean): void {
    const { headersTimeout, requestTimeout, keepAliveTimeout } = this.#settings;
    const awaited = awaitedOf(active);
    if (awaited === 'params') this.#await('params', headersTimeout);
    else if (awaited === 'body') this.#await('body', requestTimeout);
    else if (active.size > 0) this.stop();
    else if (midRecord) this.#await('params', headersTimeout);
    else this.#await('idle', keepAliveTimeout);
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#awaited = undefined;
    this.#timer = undefined;
  }

  /** Waiting for PARAMS again goes on; each piece of a body has its own time, and so has each pause between requests. */
  #await(awaited: Awaited, milliseconds: number): void {
    if (this.#awaited === awaited) {
      if (awaited !== 'params') this.#timer?.refresh();
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
}

/** What the requests of a connection wait for; `undefined` when it is their applications' turn. */
function awaitedOf(active: ReadonlySet<ServerRequest>): 'params' | 'body' | undefined {
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
