import type {
  AfterResponse,
  Body,
  EarlyHints,
  Environ,
  ErrorStream,
  FileLike,
  Header,
  Input,
  SendHead,
  StartResponse,
} from '../contract/contract.ts';
import type { TsgiAbortError } from '../contract/errors.ts';
import type { ServerObserver } from '../contract/observer.ts';
import { FileWrapper } from '../body/file-wrapper.ts';
import { emptyInput, mayGiveBytes } from '../input/input.ts';

/** What is true of a server, whatever the request (R41). */
export interface ServerTraits {
  multithread: boolean;
  multiprocess: boolean;
  /** The process serves one request only, as under CGI. */
  runOnce: boolean;
  /** Other requests may run in this thread while one awaits. */
  concurrent: boolean;
  /** `SERVER_SOFTWARE`, where the wire does not give it. */
  serverSoftware: string;
  errors: ErrorStream;
  /** The wire can carry a 103. Default: it cannot. */
  earlyHints?: boolean;
  /** Where the application is mounted: `SCRIPT_NAME`, cut off the front of the path. Default: as the wire says. */
  scriptName?: string;
  /** Watches requests and connections. Default: nobody does. */
  observer?: ServerObserver;
}

/** The costly values of a request, made when they are first asked for. The run loop is what makes them. */
export interface EnvironServices {
  readonly signal: AbortSignal;
  readonly afterResponse: AfterResponse[];
  readonly hasBody: boolean;
  /** As the lines of the log name the request; `undefined` where nobody watches it. */
  readonly requestId: string | undefined;
  sendEarlyHints(headers: Header[]): void;
  sendHead(startResponse: StartResponse): void;
  onAbort(callback: (reason: TsgiAbortError) => void): void;
}

const VERSION: readonly [1, 0] = Object.freeze([1, 0]);
const wrapFile = (file: FileLike, blockSize?: number): Body => new FileWrapper(file, blockSize);

/** An environ that no server runs: its peer never goes, and its hooks are nobody's. */
function detachedServices(environ: Environ): EnvironServices {
  const { signal } = new AbortController();
  const hasBody = mayGiveBytes(environ['tsgi.input'], environ.CONTENT_LENGTH);
  return { signal, afterResponse: [], hasBody, requestId: undefined, sendEarlyHints() {}, sendHead() {}, onAbort() {} };
}

function own(environ: object, key: string, value: unknown): void {
  Object.defineProperty(environ, key, { value, writable: true, enumerable: true, configurable: true });
}

/**
 * The environ (R20). Its fields are assigned in one order, so that every request has one hidden class; a plain object
 * with a null prototype would be a dictionary to V8, and slow. `tsgi.signal` and its like are accessors of the
 * prototype: an `AbortSignal` costs 3 µs on Node 20, which most requests need not pay.
 */
class RequestEnviron implements Environ {
  REQUEST_METHOD = '';
  SCRIPT_NAME = '';
  PATH_INFO = '';
  QUERY_STRING = '';
  REQUEST_URI = '';
  SERVER_NAME = '';
  SERVER_PORT = '';
  SERVER_PROTOCOL = '';
  SERVER_SOFTWARE: string;
  GATEWAY_INTERFACE = 'CGI/1.1';
  'tsgi.version': readonly [1, 0] = VERSION;
  'tsgi.url_scheme': 'http' | 'https' = 'http';
  'tsgi.input': Input = emptyInput;
  'tsgi.input_terminated' = true as const;
  'tsgi.errors': ErrorStream;
  'tsgi.multithread': boolean;
  'tsgi.multiprocess': boolean;
  'tsgi.run_once': boolean;
  'tsgi.concurrent': boolean;
  'tsgi.file_wrapper': (file: FileLike, blockSize?: number) => Body = wrapFile;
  [header: `HTTP_${string}`]: string | undefined;
  [key: string]: unknown;
  // Private: a copy shares it, and no enumeration of keys shows it.
  #services: EnvironServices | undefined;
  readonly #headers: readonly string[] | undefined;

  constructor(traits: ServerTraits, headers: readonly string[] | undefined) {
    this.SERVER_SOFTWARE = traits.serverSoftware;
    this['tsgi.errors'] = traits.errors;
    this['tsgi.multithread'] = traits.multithread;
    this['tsgi.multiprocess'] = traits.multiprocess;
    this['tsgi.run_once'] = traits.runOnce;
    this['tsgi.concurrent'] = traits.concurrent;
    this.#services = undefined;
    this.#headers = headers;
  }

  get 'tsgi.signal'(): AbortSignal {
    return RequestEnviron.services(this).signal;
  }

  set 'tsgi.signal'(signal: AbortSignal) {
    own(this, 'tsgi.signal', signal);
  }

  get 'tsgi.after_response'(): AfterResponse[] {
    return RequestEnviron.services(this).afterResponse;
  }

  set 'tsgi.after_response'(hooks: AfterResponse[]) {
    own(this, 'tsgi.after_response', hooks);
  }

  get 'tsgi.send_head'(): SendHead {
    return (startResponse) => RequestEnviron.services(this).sendHead(startResponse);
  }

  set 'tsgi.send_head'(sendHead: SendHead) {
    own(this, 'tsgi.send_head', sendHead);
  }

  get 'tsgi.has_body'(): boolean {
    return RequestEnviron.services(this).hasBody;
  }

  set 'tsgi.has_body'(hasBody: boolean) {
    own(this, 'tsgi.has_body', hasBody);
  }

  /** The environ itself, or the one that it was derived from by `Object.create`. */
  static origin(environ: object): RequestEnviron | undefined {
    let found: object | null = environ;
    while (found !== null && !(#services in found)) found = Reflect.getPrototypeOf(found);
    return found ?? undefined;
  }

  static services(environ: object): EnvironServices {
    const found = RequestEnviron.origin(environ);
    // Values of its own would be a signal that never fires.
    if (found === undefined) throw new TypeError('R20: not an environ, nor derived from one: copyEnviron makes a copy');
    return (found.#services ??= detachedServices(found));
  }

  static requestId(environ: object): string | undefined {
    const found = RequestEnviron.origin(environ);
    return found === undefined ? undefined : found.#services?.requestId;
  }

  static headers(environ: object): readonly string[] | undefined {
    const found = RequestEnviron.origin(environ);
    return found === undefined ? undefined : found.#headers;
  }

  static attach(environ: Environ, services: EnvironServices): void {
    if (#services in environ) environ.#services = services;
    else {
      // Somebody else's environ: the keys become its own.
      Object.defineProperties(environ, {
        'tsgi.signal': { get: () => services.signal, enumerable: true, configurable: true },
        'tsgi.after_response': { get: () => services.afterResponse, enumerable: true, configurable: true },
        'tsgi.send_head': {
          value: (startResponse: StartResponse) => services.sendHead(startResponse),
          enumerable: true,
          configurable: true,
          writable: true,
        },
      });
      if (!('tsgi.has_body' in environ)) own(environ, 'tsgi.has_body', services.hasBody);
    }
  }

  static copy(environ: Environ): Environ {
    if (!(#services in environ)) return Object.assign(Object.create(Object.getPrototypeOf(environ)), environ);
    environ.#services ??= detachedServices(environ);
    const copy = blankLike(environ, environ.#headers);
    copy.#services = environ.#services;
    Object.assign(copy, environ);
    // What the environ has lost, the blank one has again.
    for (const key of Object.keys(copy)) if (!Object.hasOwn(environ, key)) Reflect.deleteProperty(copy, key);
    return copy;
  }
}

/** The environ of a wire that can carry a 103. */
class HintingEnviron extends RequestEnviron {
  get 'tsgi.early_hints'(): EarlyHints {
    return (headers) => RequestEnviron.services(this).sendEarlyHints(headers);
  }

  set 'tsgi.early_hints'(hints: EarlyHints) {
    own(this, 'tsgi.early_hints', hints);
  }
}

// R20: what a gateway calls `constructor` or `__proto__` is a key like any other.
Reflect.setPrototypeOf(RequestEnviron.prototype, null);
Reflect.deleteProperty(RequestEnviron.prototype, 'constructor');
Reflect.deleteProperty(HintingEnviron.prototype, 'constructor');

function blankLike(environ: RequestEnviron, headers: readonly string[] | undefined): RequestEnviron {
  const traits: ServerTraits = {
    multithread: environ['tsgi.multithread'],
    multiprocess: environ['tsgi.multiprocess'],
    runOnce: environ['tsgi.run_once'],
    concurrent: environ['tsgi.concurrent'],
    serverSoftware: environ.SERVER_SOFTWARE,
    errors: environ['tsgi.errors'],
  };
  return 'tsgi.early_hints' in environ ? new HintingEnviron(traits, headers) : new RequestEnviron(traits, headers);
}

/**
 * An environ with the server's keys; the request's are still empty.
 *
 * @param headers as they came, for `rawHeaders`: names and values alternate. Default: the wire has none.
 */
export function blankEnviron(traits: ServerTraits, headers?: readonly string[]): Environ {
  return traits.earlyHints === true ? new HintingEnviron(traits, headers) : new RequestEnviron(traits, headers);
}

/**
 * The headers as they came over HTTP, in order, with their spelling: names and values alternate, as in Node's
 * `rawHeaders`. What the environ leaves out is among them: hop-by-hop headers, `Proxy`, names with an underscore (R35 to
 * R38); and what a middleware changed is not. `undefined` where the wire has variables only.
 */
export function rawHeaders(environ: Environ): readonly string[] | undefined {
  return RequestEnviron.headers(environ);
}

/** What lines of the log name the request by, where a server gives requests such a name. */
export function requestIdOf(environ: Environ): string | undefined {
  return RequestEnviron.requestId(environ);
}

/**
 * Calls back when `tsgi.signal` would be aborted, and costs next to nothing, where a signal costs 5 µs on Node 20. Called
 * once at most, with the signal's reason, after the signal; soon, when the peer is gone already. What it throws is logged.
 */
export function onAbort(environ: Environ, callback: (reason: unknown) => void): void {
  // A middleware may have given it a signal of its own, as for a deadline.
  const services = Object.hasOwn(environ, 'tsgi.signal') ? undefined : RequestEnviron.origin(environ);
  if (services !== undefined) return RequestEnviron.services(services).onAbort(callback);
  const signal = environ['tsgi.signal'];
  if (signal.aborted) queueMicrotask(() => callback(signal.reason));
  else signal.addEventListener('abort', () => callback(signal.reason), { once: true });
}

/** Gives an environ the services of its exchange. */
export function attachServices(environ: Environ, services: EnvironServices): void {
  RequestEnviron.attach(environ, services);
}

/**
 * A copy for handing inwards, with some keys changed. It shares signal, hooks and input with the original; a spread
 * would lose what the environ keeps as accessors. A key whose change is `undefined` is removed.
 */
export function copyEnviron(environ: Environ, changes: Readonly<Record<string, unknown>> = {}): Environ {
  const copy = RequestEnviron.copy(environ);
  for (const key of Object.keys(environ)) if (!(key in copy)) own(copy, key, environ[key]);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) Reflect.deleteProperty(copy, key);
    // An accessor of the prototype cannot be deleted, but hidden.
    if (value !== undefined || key in copy) own(copy, key, value);
  }
  return copy;
}
