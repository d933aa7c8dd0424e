import type { App, Environ, StartResponse } from '@tsgi/core';
import { TsgiError } from '@tsgi/core';
import { sendResponse } from './answer.ts';
import { LightRequest, nativeServerRequest } from './light-request.ts';
import { FetchContext } from './services.ts';

/** What is called for each request: `app.fetch` of Hono, H3 and Elysia, a Worker's, a function of your own. */
export type FetchHandler = (
  request: Request,
  environ: Environ,
  context: FetchContext,
) => Response | PromiseLike<Response>;

/** Settings of `fromFetch`. */
export interface FromFetchOptions {
  /**
   * `'light'`, the default: a `Request` that reads the environ when it is asked. `'native'`: the platform's own, several
   * times as costly, for what must work with `new Request(request)` on Node 24 and later.
   */
  request?: 'light' | 'native';
}

/** Fetch has no request with these (Fetch §2.2.1). */
const FORBIDDEN_METHOD = /^(?:CONNECT|TRACE|TRACK)$/i;

/** What has a `fetch` is used by it, be it a function or not: so do Bun, Deno and Workers. */
function handlerOf(given: unknown): FetchHandler {
  const isFunction = typeof given === 'function';
  if ((isFunction || (typeof given === 'object' && given !== null)) && 'fetch' in given) {
    const { fetch } = given;
    if (typeof fetch === 'function') return fetch.bind(given) as FetchHandler;
  }
  if (isFunction) return given as FetchHandler;
  throw new TypeError('fromFetch takes a function, or what has a function fetch');
}

/**
 * Runs a fetch handler as a TSGI application. It is called with the request, the environ and
 * `{ waitUntil, passThroughOnException }`; the URL begins below `SCRIPT_NAME`, so that routes match wherever the
 * application is mounted. `request.signal` aborts when the client has left.
 *
 * @param handler a function, or what has one as `fetch`: that one is called then, also where the handler is a function itself.
 * @throws TypeError for anything else, RangeError for a `request` that is none of the two.
 */
export function fromFetch(
  handler: FetchHandler | { fetch: (request: Request, ...rest: never[]) => Response | PromiseLike<Response> },
  options: FromFetchOptions = {},
): App {
  const { request: kind = 'light' } = options;
  if (kind !== 'light' && kind !== 'native') {
    throw new RangeError(`request: expected 'light' or 'native', found ${JSON.stringify(kind)}`);
  }
  const handle = handlerOf(handler);
  return (environ: Environ, startResponse: StartResponse) => {
    const { REQUEST_METHOD: method } = environ;
    if (method !== 'GET' && FORBIDDEN_METHOD.test(method)) throw forbidden(method);
    const request = kind === 'light' ? (new LightRequest(environ) as unknown as Request) : nativeServerRequest(environ);
    const response: unknown = handle(request, environ, new FetchContext(environ));
    if (response instanceof Promise) return response.then((settled) => sendResponse(settled, environ, startResponse));
    if (isThenable(response)) {
      return Promise.resolve(response).then((settled) => sendResponse(settled, environ, startResponse));
    }
    return sendResponse(response, environ, startResponse);
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function forbidden(method: string): TsgiError {
  return new TsgiError(`method ${method}: a fetch handler cannot be given it`, {
    code: 'METHOD_NOT_SUPPORTED',
    side: 'peer',
    statusHint: 501,
  });
}
