import type { App, CloseOptions, RunningServer } from '@tsgi/core';
import { assertApp } from '@tsgi/core/program';
import { serve, type ServeOptions } from './serve.ts';

/**
 * The classic door, wsgiref's `CGIHandler` in the form of a server: `serveForever` and `handleRequest` both answer the
 * one request that there is.
 */
export class CgiServer {
  readonly #options: ServeOptions;
  #app: App;
  #running: Promise<RunningServer> | undefined;

  constructor(app: App, options: ServeOptions) {
    this.#app = app;
    this.#options = options;
  }

  /** As every server's; there is nothing to connect to. */
  get address(): string {
    return 'cgi:';
  }

  getApp(): App {
    return this.#app;
  }

  /** Has no effect once the request runs. */
  setApp(app: App): void {
    this.#app = app;
  }

  serveForever(): Promise<void> {
    return this.handleRequest();
  }

  /** Resolves when the request is answered and torn down; at once, when it was before. */
  async handleRequest(): Promise<void> {
    this.#running ??= serve(this.#app, this.#options);
    const running = await this.#running;
    await running.closed;
  }

  async close(options?: CloseOptions): Promise<void> {
    const running = await this.#running;
    await running?.close(options);
  }
}

/**
 * As every backend's `makeServer`. A CGI program listens nowhere: the web server did.
 *
 * @param _host not used.
 * @param _port not used.
 * @throws TypeError when the application is no function.
 */
export function makeServer(_host: string, _port: number, app: App, options: ServeOptions = {}): CgiServer {
  assertApp(app);
  return new CgiServer(app, options);
}
