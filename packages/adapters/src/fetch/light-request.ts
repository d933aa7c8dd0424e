import { type Environ, onAbort } from '@tsgi/core';
import { requestUrl } from '../environ/request-target.ts';
import { LightHeaders } from './light-headers.ts';
import { hasBody, inputStream } from './request-body.ts';
import { type RequestRuntime, type ServerRequest, waitUntil } from './services.ts';

const NativeRequest = globalThis.Request;
const NativeResponse = globalThis.Response;
const decoder = new TextDecoder();

/**
 * A `Request` that is made of the environ piece by piece, as it is asked; a native one costs more than all the rest of a
 * small request. `instanceof Request` holds. Where only a native one will do (`clone()`, `body`, `new Request(request)` on
 * Node 20 and 22) it becomes one behind its face.
 */
export class LightRequest {
  readonly #environ: Environ;
  #url: string | undefined;
  #headers: LightHeaders | undefined;
  #native: Request | undefined;
  #used = false;

  constructor(environ: Environ) {
    this.#environ = environ;
  }

  /** The environ behind a light request; `undefined` for anything else. */
  static environ(request: object): Environ | undefined {
    return #environ in request ? request.#environ : undefined;
  }

  /** The native request behind a light one. */
  static native(request: LightRequest): Request {
    return request.#whole;
  }

  get method(): string {
    return this.#environ.REQUEST_METHOD;
  }

  get url(): string {
    return (this.#url ??= requestUrl(this.#environ));
  }

  get headers(): Headers {
    return this.#native?.headers ?? (this.#headers ??= new LightHeaders(this.#environ));
  }

  get signal(): AbortSignal {
    return this.#native?.signal ?? this.#environ['tsgi.signal'];
  }

  get ip(): string | undefined {
    return this.#environ.REMOTE_ADDR;
  }

  get runtime(): RequestRuntime {
    return { name: 'tsgi', tsgi: { environ: this.#environ } };
  }

  get waitUntil(): (promise: unknown) => void {
    return (promise) => waitUntil(this.#environ, promise);
  }

  get #whole(): Request {
    if (this.#native !== undefined) return this.#native;
    const request = nativeRequest(NativeRequest, this.#environ, this.url, this.headers, this.#used);
    // Fetch has no way to say "used": a body that was read is one that somebody reads.
    if (this.#used && request.body !== null) request.body.getReader();
    this.#native = request;
    return request;
  }

  get body(): ReadableStream | null {
    if (this.#native === undefined && !hasBody(this.#environ)) return null;
    return this.#whole.body;
  }

  get bodyUsed(): boolean {
    return this.#used || (this.#native?.bodyUsed ?? false);
  }

  #bytes(): Promise<Uint8Array> {
    if (this.#native !== undefined) return this.#native.arrayBuffer().then((buffer) => new Uint8Array(buffer));
    if (this.#used) return Promise.reject(new TypeError('Body is unusable: Body has already been read'));
    const environ = this.#environ;
    if (!hasBody(environ)) return Promise.resolve(new Uint8Array(0));
    this.#used = true;
    return environ['tsgi.input'].read();
  }

  text(): Promise<string> {
    return this.#bytes().then((bytes) => decoder.decode(bytes));
  }

  json(): Promise<unknown> {
    return this.#bytes().then((bytes) => JSON.parse(decoder.decode(bytes)) as unknown);
  }

  bytes(): Promise<Uint8Array> {
    return this.#bytes();
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    // The memory may be the server's: a copy is the caller's own.
    return this.#bytes().then((bytes) => new Uint8Array(bytes).buffer);
  }

  blob(): Promise<Blob> {
    return this.#bytes().then((bytes) => new Blob([new Uint8Array(bytes)], { type: this.#type }));
  }

  formData(): Promise<FormData> {
    return this.#bytes().then((bytes) =>
      new NativeResponse(new Uint8Array(bytes), { headers: { 'content-type': this.#type } }).formData(),
    );
  }

  clone(): Request {
    return this.#whole.clone();
  }

  get #type(): string {
    return this.headers.get('content-type') ?? '';
  }
}

Object.setPrototypeOf(LightRequest.prototype, NativeRequest.prototype);

const plain = new NativeRequest('http://localhost/');
// The rest of the interface: what the native one says.
for (const key of Object.keys(Object.getOwnPropertyDescriptors(NativeRequest.prototype))) {
  if (key === 'constructor' || Object.hasOwn(LightRequest.prototype, key)) continue;
  const isMethod = typeof Reflect.get(plain, key) === 'function';
  Object.defineProperty(LightRequest.prototype, key, {
    get(this: LightRequest): unknown {
      const native = LightRequest.native(this);
      const value: unknown = Reflect.get(native, key);
      return isMethod && typeof value === 'function' ? value.bind(native) : value;
    },
    configurable: true,
  });
}
// Node 20 and 22 keep a request's state under symbols: `new Request(request)` reads them. From 24 on it is private.
for (const symbol of Object.getOwnPropertySymbols(plain)) {
  Object.defineProperty(LightRequest.prototype, symbol, {
    get(this: LightRequest): unknown {
      return Reflect.get(LightRequest.native(this), symbol);
    },
    configurable: true,
  });
}

/** A native request of an environ. */
function nativeRequest(
  Constructor: new (url: string, init: RequestInit) => Request,
  environ: Environ,
  url: string,
  headers: Headers,
  used: boolean,
): Request {
  const init: RequestInit = { method: environ.REQUEST_METHOD, headers, signal: environ['tsgi.signal'] };
  if (hasBody(environ)) {
    init.body = used ? '' : inputStream(environ['tsgi.input']);
    init.duplex = 'half';
  }
  const request = new Constructor(url, init);
  // It follows a signal by a weak reference to itself: collected, it would leave its own signal waiting for ever.
  onAbort(environ, () => void request.signal);
  return request;
}

const environs = new WeakMap<Request, Environ>();

/** The native request with the additions of a `ServerRequest`: for whom `new Request(request)` must always work. */
class NativeServerRequest extends NativeRequest implements ServerRequest {
  get ip(): string | undefined {
    return environs.get(this)?.REMOTE_ADDR;
  }

  get runtime(): RequestRuntime {
    return { name: 'tsgi', tsgi: { environ: environs.get(this) as Environ } };
  }

  get waitUntil(): (promise: unknown) => void {
    return (promise) => waitUntil(environs.get(this) as Environ, promise);
  }
}

/** The `Request` of an environ, native from the start. */
export function nativeServerRequest(environ: Environ): Request {
  const url = requestUrl(environ);
  const request = nativeRequest(NativeServerRequest, environ, url, new LightHeaders(environ), false);
  environs.set(request, environ);
  return request;
}

/**
 * The environ that a request of `fromFetch` was made of: for a framework that hands on nothing but the request.
 *
 * @returns `undefined` for another request; a clone is another.
 */
export function environOf(request: Request): Environ | undefined {
  return LightRequest.environ(request) ?? environs.get(request);
}
