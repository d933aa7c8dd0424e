import type { Environ } from '@tsgi/core';

function ignore(): void {}

/** Keeps the request's end waiting for `promise` (R92); a rejection is logged when the response is over. */
export function waitUntil(environ: Environ, promise: unknown): void {
  const work = Promise.resolve(promise);
  // It may reject before anybody waits for it.
  work.catch(ignore);
  environ['tsgi.after_response'].push(() => work as Promise<void>);
}

const NO_PROPS: Readonly<Record<string, unknown>> = Object.freeze({});

/** What a fetch handler gets as its third argument, as Workers' `ExecutionContext`. */
export class FetchContext {
  readonly #environ: Environ;
  /** Hono's type wants it; Workers hand in what is bound to the deployment. */
  readonly props: Readonly<Record<string, unknown>> = NO_PROPS;

  constructor(environ: Environ) {
    this.#environ = environ;
  }

  /** Runs on after the response; the server ends the request when it has settled. */
  waitUntil(promise: unknown): void {
    waitUntil(this.#environ, promise);
  }

  /** Workers' way to an origin server; there is none here: an exception is a 500. */
  passThroughOnException(): void {}
}

/** What runtimes tell about themselves on a request (srvx, H3). */
export interface RequestRuntime {
  readonly name: 'tsgi';
  readonly tsgi: { readonly environ: Environ };
}

/** The additions to `Request` that H3 and srvx read. */
export interface ServerRequest extends Request {
  /** `REMOTE_ADDR`. */
  readonly ip: string | undefined;
  readonly runtime: RequestRuntime;
  readonly waitUntil: (promise: unknown) => void;
}
