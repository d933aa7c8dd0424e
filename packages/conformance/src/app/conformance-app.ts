import type { App, Body, Environ, StartResponse } from '@tsgi/core';
import { caseNamed } from '../run/case-table.ts';
import { DirectoryStore, MemoryStore } from './trace-store.ts';
import { summarise, Trace, type TraceStore } from './trace.ts';

/** How the kit's application is made. */
export interface ConformanceAppOptions {
  /** Default: memory; the directory that `TSGI_CONFORMANCE_STORE` names, where several processes answer. */
  store?: TraceStore;
  /** Puts something around the application of each case, such as a validator. */
  wrap?: (app: App, trace: Trace) => App;
}

const encoder = new TextEncoder();

function defaultStore(): TraceStore {
  const directory = process.env.TSGI_CONFORMANCE_STORE;
  return directory === undefined || directory === '' ? new MemoryStore() : new DirectoryStore(directory);
}

function reply(startResponse: StartResponse, status: string, type: string, text: string): Body {
  const body = encoder.encode(text);
  startResponse(status, [
    ['Content-Type', type],
    ['Content-Length', String(body.byteLength)],
  ]);
  return [body];
}

function header(environ: Environ, name: `HTTP_${string}`): string {
  // R22 is one of the things that are to be judged: nothing is taken for granted here.
  const value: unknown = environ[name];
  return typeof value === 'string' ? value : '';
}

/**
 * The application that a server under test is asked to serve. A request names its case (`X-Tsgi-Case`) and a nonce
 * (`X-Tsgi-Nonce`) under which is kept what happens; a further request asks for it (`X-Tsgi-Ask`).
 */
export function createConformanceApp(options: ConformanceAppOptions = {}): App {
  const store = options.store ?? defaultStore();
  const wrap = options.wrap ?? ((app: App) => app);
  return (...args: Parameters<App>): ReturnType<App> => {
    const [environ, startResponse] = args;
    const nonce = header(environ, 'HTTP_X_TSGI_NONCE');
    const question = header(environ, 'HTTP_X_TSGI_ASK');
    if (question === 'report') {
      return reply(startResponse, '200 OK', 'application/json', JSON.stringify(summarise(store.read(nonce))));
    }
    if (question === 'open') {
      store.open(nonce);
      return reply(startResponse, '200 OK', 'text/plain', 'open\n');
    }
    const found = caseNamed(header(environ, 'HTTP_X_TSGI_CASE'));
    if (found === undefined || nonce === '') {
      const text = 'This is the application of @tsgi/conformance. Judge its server with: tsgi conformance TARGET\n';
      return reply(startResponse, '404 Not Found', 'text/plain', text);
    }
    const trace = new Trace(store, nonce);
    trace.call(args.length);
    return wrap((inner, start) => found.app(inner, start, trace), trace)(environ, startResponse);
  };
}

/** The kit's application, as a server is asked to serve it. */
export const conformanceApp: App = createConformanceApp();
