import type { App } from './contract.ts';

/** How `close` ends a server. */
export interface CloseOptions {
  /** Milliseconds that running requests may take to finish before they are aborted. Default 10 000. */
  grace?: number;
  /**
   * Milliseconds in which an idle kept connection may still send a request, for a server that another one takes over from:
   * the answer then says that it is the last (HTTP), or the connection ends behind it (FastCGI). Nobody's request meets a
   * connection that was closed meanwhile. Default 0: idle connections are closed at once.
   */
  keepAlive?: number;
}

/** A server that is listening. */
export interface RunningServer {
  /** `'http://127.0.0.1:8000'`, `'fcgi+unix:/run/app.sock'`: what `--bind` would take to listen here again. */
  readonly address: string;
  /** The bound port; `undefined` for a UNIX socket, an inherited one, or a CGI program. */
  readonly port: number | undefined;
  /** Resolves when the server has ended: nothing listens, nothing runs. */
  readonly closed: Promise<void>;
  /** Stops accepting, finishes what runs, aborts it when the grace is over. Resolves with `closed`. */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * A wire as a value: what the command and the conformance kit need to know of a backend. Someone else's is found by the
 * command as the default export of a module (`--plugin`, `plugins` in the config).
 */
export interface Backend<Options extends object = object> {
  /** The scheme of its addresses, in lower case: `http`, `fcgi`, `scgi`, `uwsgi`. */
  readonly name: string;
  /** The command gives it `address` (of `@tsgi/transport`), `reusePort`, `multiprocess`, `scriptName`, and what it obeys. */
  serve(app: App, options?: Options): Promise<RunningServer>;
  /** Settings of the command that `serve` takes as options of the same name; another one is refused. Default: none. */
  readonly obeys?: readonly string[];
  /**
   * The other end of the wire: an application that forwards its requests. The command gives it `address` and the options
   * that all gateways have: `ForwardOptions` of `@tsgi/core/forward`, `connectTimeout`.
   */
  gateway?(options: object): App;
}
