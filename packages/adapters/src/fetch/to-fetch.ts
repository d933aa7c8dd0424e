import { type App, type Environ, TsgiAbortError, TsgiError } from '@tsgi/core';
import {
  assertApp,
  createErrorStream,
  environFromHead,
  Exchange,
  reasonPhrase,
  type ServerTraits,
} from '@tsgi/core/server';
import { FetchWriter } from './fetch-writer.ts';
import { StreamInput } from './stream-input.ts';

/** A fetch handler: what Deno, Bun, Workers, srvx and service workers call. What they pass besides is looked at. */
export type FetchEntry = (request: Request, ...context: readonly unknown[]) => Promise<Response>;

/** Settings of `toFetch`. */
export interface ToFetchOptions {
  /** Where `tsgi.errors` and faults of the application go. Default: `console.error`. */
  errors?(text: string): void;
}

function traitsOf({ errors = (text) => console.error(text.replace(/\n$/, '')) }: ToFetchOptions): ServerTraits {
  return {
    multithread: false,
    // A host may run any number of isolates, and tells nobody.
    multiprocess: true,
    runOnce: false,
    concurrent: true,
    serverSoftware: 'tsgi-fetch',
    errors: createErrorStream(errors),
  };
}

/** What the hosts pass beside the request, each in its own place. */
interface Context {
  /** Bun's server. */
  requestIP?(request: Request): { address?: unknown; port?: unknown } | null;
  /** Deno's info. */
  remoteAddr?: { hostname?: unknown; port?: unknown };
  /** The context of Workers. */
  waitUntil?(promise: Promise<unknown>): void;
}

function peerOf(request: Request, context: readonly unknown[]): { address?: string; port?: string } {
  for (const one of context) {
    if (typeof one !== 'object' || one === null) continue;
    const { requestIP, remoteAddr } = one as Context;
    const bun = typeof requestIP === 'function' ? requestIP.call(one, request) : undefined;
    const address = bun?.address ?? remoteAddr?.hostname;
    const port = bun?.port ?? remoteAddr?.port;
    if (typeof address === 'string') return port === undefined ? { address } : { address, port: String(port) };
  }
  // srvx and what is like it.
  const ip: unknown = Reflect.get(request, 'ip');
  return typeof ip === 'string' ? { address: ip } : {};
}

/** Tells the host to live on until `done`: what runs after the response would otherwise be cut off. */
function keepAlive(done: Promise<void>, request: Request, context: readonly unknown[]): void {
  const host = [...context, request].find(
    (one): one is Required<Pick<Context, 'waitUntil'>> =>
      typeof one === 'object' && one !== null && typeof (one as Context).waitUntil === 'function',
  );
  host?.waitUntil(done);
}

function environOfRequest(request: Request, context: readonly unknown[], traits: ServerTraits): Environ {
  const url = new URL(request.url);
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const headers: string[] = [];
  let hasHost = false;
  for (const [name, value] of request.headers) {
    hasHost ||= name === 'host';
    headers.push(name, value);
  }
  if (!hasHost) headers.push('host', url.host);
  const { address, port } = peerOf(request, context);
  return environFromHead(
    { method: request.method, target: url.pathname + url.search, protocol: 'HTTP/1.1', headers },
    {
      scheme,
      serverName: url.hostname,
      serverPort: url.port === '' ? (scheme === 'https' ? '443' : '80') : url.port,
      ...(address === undefined ? {} : { remoteAddress: address }),
      ...(port === undefined ? {} : { remotePort: port }),
    },
    traits,
  );
}

/** The answer to a request that has no environ, as R27, R31 and R37 say. */
function refusal(error: unknown, traits: ServerTraits): Response {
  const status = error instanceof TsgiError ? error.statusHint : 500;
  if (status === 500) traits.errors.write(`${String(error)}\n`);
  return new Response(`${status} ${reasonPhrase(status)}\n`, { status });
}

/**
 * Runs a TSGI application where fetch handlers run: `export default { fetch: toFetch(app) }`. Bodies are streamed both
 * ways with backpressure; `tsgi.signal` aborts when the request's signal does, or the answer's stream is cancelled. It
 * imports nothing from `node:`.
 *
 * @returns a handler that never rejects.
 * @throws TypeError for what is no application.
 */
export function toFetch(app: App, options: ToFetchOptions = {}): FetchEntry {
  assertApp(app);
  const traits = traitsOf(options);
  return async (request, ...context) => {
    let environ: Environ;
    try {
      environ = environOfRequest(request, context, traits);
    } catch (error) {
      return refusal(error, traits);
    }
    const input = request.body === null ? undefined : new StreamInput(request.body, environ);
    if (input !== undefined) environ['tsgi.input'] = input.input;
    const writer = new FetchWriter();
    const exchange = new Exchange(app, environ, writer);
    const gone = (): void => exchange.abort(new TsgiAbortError('the client has left'));
    writer.onCancel = gone;
    request.signal.addEventListener('abort', gone, { once: true });
    const done = writer.done.then(() => {
      // Also keeps the request: one that is collected forgets to abort its signal (undici holds it weakly).
      request.signal.removeEventListener('abort', gone);
      input?.discard();
    });
    exchange.run();
    if (request.signal.aborted) gone();
    if (!writer.isDone) keepAlive(done, request, context);
    return writer.response;
  };
}
