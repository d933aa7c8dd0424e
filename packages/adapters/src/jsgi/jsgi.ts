import { type App, type Bytes, type Environ, type Header, headerName, type Input, TsgiError } from '@tsgi/core';
import { assertApp, createErrorStream, blankEnviron, reasonPhrase } from '@tsgi/core/server';
import { headerVariable } from '../environ/header-names.ts';
import { toTriple } from '../triple/triple.ts';

/** A request as JSGI 0.3 has it. */
export interface JsgiRequest {
  readonly version: readonly [major: number, minor: number];
  readonly method: string;
  readonly scriptName: string;
  /** Decoded, as text; the raw target is `env.REQUEST_URI`. */
  readonly pathInfo: string;
  readonly queryString: string;
  readonly host: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  readonly remoteAddress?: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly input: Input;
  /** Where middleware keeps what is its own; here it is TSGI's environ. */
  readonly env: Record<string, unknown>;
  readonly jsgi: {
    readonly version: readonly [0, 3];
    readonly errors: { print(text: string): void; write(text: string): void; flush(): void };
    readonly multithread: boolean;
    readonly multiprocess: boolean;
    readonly runOnce: boolean;
    readonly cgi: boolean;
    readonly async: boolean;
    readonly ext: Readonly<Record<string, unknown>>;
  };
}

/** A body that pushes: `forEach` may return a promise. Text is sent as UTF-8. */
export interface JsgiBody {
  forEach(write: (chunk: string | Bytes) => unknown): unknown;
  close?(): unknown;
}

/** An answer as JSGI has it. */
export interface JsgiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: JsgiBody;
}

/** An application in the manner of JSGI 0.3. */
export type JsgiApp = (request: JsgiRequest) => JsgiResponse | PromiseLike<JsgiResponse>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function text(byteString: string): string {
  return decoder.decode(Uint8Array.from(byteString, (character) => character.charCodeAt(0)));
}

function requestOf(environ: Environ): JsgiRequest {
  const headers: Record<string, string> = {};
  for (const key in environ) {
    const name = headerName(key);
    if (name !== undefined) headers[name] = String(environ[key]);
  }
  const errors = environ['tsgi.errors'];
  return {
    version: environ.SERVER_PROTOCOL === 'HTTP/1.0' ? [1, 0] : [1, 1],
    method: environ.REQUEST_METHOD,
    scriptName: text(environ.SCRIPT_NAME),
    pathInfo: text(environ.PATH_INFO),
    queryString: environ.QUERY_STRING,
    host: environ.SERVER_NAME,
    port: Number(environ.SERVER_PORT),
    scheme: environ['tsgi.url_scheme'],
    ...(environ.REMOTE_ADDR === undefined ? {} : { remoteAddress: environ.REMOTE_ADDR }),
    headers,
    input: environ['tsgi.input'],
    env: environ,
    jsgi: {
      version: [0, 3],
      errors: {
        print: (line) => errors.write(`${line}\n`),
        write: (line) => errors.write(line),
        flush: () => errors.flush(),
      },
      multithread: environ['tsgi.multithread'],
      multiprocess: environ['tsgi.multiprocess'],
      runOnce: environ['tsgi.run_once'],
      cgi: environ['tsgi.run_once'],
      async: true,
      ext: {},
    },
  };
}

function badResponse(response: unknown): TsgiError {
  return new TsgiError(`the application answered ${String(response)}: expected { status, headers, body }`, {
    code: 'BAD_JSGI_RESPONSE',
    side: 'app',
    rule: 'R3',
  });
}

function pairs(headers: JsgiResponse['headers']): Header[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    // Several values were one text with line breaks, as in Rack.
    (typeof value === 'string' ? value.split('\n') : value).map((one): Header => [name, String(one)]),
  );
}

function encoded(chunk: string | Bytes): Bytes {
  return typeof chunk === 'string' ? encoder.encode(chunk) : chunk;
}

/**
 * Runs a JSGI 0.3 application. Its body pushes, so it goes through `write`: a `forEach` that awaits what its callback
 * returns is slowed down with the client.
 *
 * @throws TypeError for what is no function.
 */
export function fromJsgi(app: JsgiApp): App {
  if (typeof app !== 'function') throw new TypeError(`fromJsgi takes a function, found a ${typeof app}`);
  return async (environ, startResponse) => {
    const response = await app(requestOf(environ));
    if (typeof response !== 'object' || response === null || typeof response.body?.forEach !== 'function') {
      throw badResponse(response);
    }
    const { status, headers } = response;
    const body = response.body as JsgiBody;
    const write = startResponse(`${status} ${reasonPhrase(status)}`, pairs(headers));
    const whole: unknown = body;
    if (Array.isArray(whole)) return (whole as (string | Bytes)[]).map(encoded);
    try {
      await body.forEach((chunk) => write(encoded(chunk)));
      return [];
    } finally {
      await body.close?.();
    }
  };
}

function environOf(request: JsgiRequest): Environ {
  const { jsgi } = request;
  const environ = blankEnviron({
    multithread: jsgi.multithread,
    multiprocess: jsgi.multiprocess,
    runOnce: jsgi.runOnce,
    concurrent: jsgi.async,
    serverSoftware: 'JSGI',
    errors: createErrorStream((line) => jsgi.errors.write(line)),
  });
  const bytes = (given: string): string => String.fromCharCode(...encoder.encode(given));
  Object.assign(environ, {
    REQUEST_METHOD: request.method,
    SCRIPT_NAME: bytes(request.scriptName),
    PATH_INFO: bytes(request.pathInfo),
    QUERY_STRING: request.queryString,
    SERVER_NAME: request.host,
    SERVER_PORT: String(request.port),
    SERVER_PROTOCOL: `HTTP/${request.version.join('.')}`,
    'tsgi.url_scheme': request.scheme,
    'tsgi.input': request.input,
  });
  const path = encodeURI(request.scriptName + request.pathInfo).replace(/[?#]/g, encodeURIComponent);
  environ.REQUEST_URI = request.queryString === '' ? path : `${path}?${request.queryString}`;
  if (request.remoteAddress !== undefined) environ.REMOTE_ADDR = request.remoteAddress;
  for (const [name, value] of Object.entries(request.headers)) {
    const lower = name.toLowerCase();
    // R35, R36, R38: as every server does it.
    if (/[_.]/.test(lower) || lower === 'proxy' || lower === 'transfer-encoding') continue;
    environ[headerVariable(lower)] = value;
  }
  return environ;
}

/**
 * Runs a TSGI application where JSGI applications run. The body's `forEach` returns a promise, and waits for each one
 * that its callback returns.
 *
 * @throws TypeError for what is no application.
 */
export function toJsgi(app: App): (request: JsgiRequest) => Promise<JsgiResponse> {
  assertApp(app);
  const call = toTriple(app);
  return async (request) => {
    const environ = environOf(request);
    const [status, list, body] = await call(environ);
    const headers: Record<string, string[]> = {};
    for (const [name, value] of list) (headers[name] ??= []).push(value);
    return {
      status,
      headers,
      body: {
        async forEach(write) {
          for await (const chunk of body) await write(chunk);
        },
        async close() {
          await body.close();
          for (const hook of environ['tsgi.after_response']) await hook();
        },
      },
    };
  };
}
