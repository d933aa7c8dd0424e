import type { Header } from '@tsgi/core';

const NativeResponse = globalThis.Response;
const NativeHeaders = globalThis.Headers;
const TEXT = 'text/plain;charset=UTF-8';

type BodyInit = ConstructorParameters<typeof Response>[0];
type ResponseInit = NonNullable<ConstructorParameters<typeof Response>[1]>;
type HeadersInit = ConstructorParameters<typeof Headers>[0];
type LightBody = string | Uint8Array | null;

/** What an answer is made of, where no native response was needed. */
export interface ResponseParts {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Header[];
  readonly body: LightBody;
}

function isBodiless(status: number): boolean {
  return status === 101 || status === 103 || status === 204 || status === 205 || status === 304;
}

function isNamed(name: string, lower: string): boolean {
  return name.length === lower.length && name.toLowerCase() === lower;
}

/** The pairs of a `HeadersInit`. */
function pairsOf(init: HeadersInit | undefined): Header[] {
  if (init === undefined || init === null) return [];
  // A `Headers` is iterable too, but so may be an object of somebody's own.
  if (Symbol.iterator in init) {
    const pairs: Header[] = [];
    for (const [name, value] of init as Iterable<[string, string]>) pairs.push([name, String(value)]);
    return pairs;
  }
  const pairs: Header[] = [];
  for (const name of Object.keys(init)) pairs.push([name, String(Reflect.get(init, name))]);
  return pairs;
}

/**
 * A `Response` that stays a status, some headers and a text or bytes until somebody asks for more; then it becomes a
 * native one behind its face. `instanceof Response` holds. A body of another kind makes it native from the start.
 */
export class LightResponse {
  readonly #body: LightBody;
  readonly #init: ResponseInit | undefined;
  #headers: Headers | undefined;
  #native: Response | undefined;

  constructor(body?: BodyInit, init?: ResponseInit) {
    this.#init = init;
    const status = init?.status;
    const isLight = body === undefined || body === null || typeof body === 'string' || body instanceof Uint8Array;
    // A wrong status or status text, and a body that may not be: the native one knows what to throw.
    const isPlain =
      (status === undefined || (Number.isInteger(status) && status >= 200 && status <= 599)) &&
      (body === undefined || body === null || status === undefined || !isBodiless(status));
    if (isLight && isPlain) this.#body = body ?? null;
    else {
      this.#body = null;
      this.#native = new NativeResponse(body, init);
    }
  }

  /** `instanceof Response` also of a native one, where this class has taken its name. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return Function.prototype[Symbol.hasInstance].call(NativeResponse, value);
  }

  /** The parts of a light response; `undefined` for a native one, and for one that had to become one. */
  static parts(response: object): ResponseParts | undefined {
    if (!(#body in response) || response.#native !== undefined) return undefined;
    return {
      status: response.status,
      statusText: response.statusText,
      headers: response.#pairs(),
      body: response.#body,
    };
  }

  /** The native response behind a light one; anything else as it is. */
  static native(response: object): Response {
    return #body in response ? response.#whole : (response as Response);
  }

  #pairs(): Header[] {
    if (this.#headers !== undefined) return [...this.#headers];
    const pairs = pairsOf(this.#init?.headers);
    if (typeof this.#body === 'string' && !pairs.some(([name]) => isNamed(name, 'content-type'))) {
      pairs.push(['content-type', TEXT]);
    }
    return pairs;
  }

  get #whole(): Response {
    if (this.#native === undefined) {
      const { status, statusText } = this;
      const body = this.#body instanceof Uint8Array ? new Uint8Array(this.#body) : this.#body;
      this.#native = new NativeResponse(body, { status, statusText, headers: this.headers });
    }
    return this.#native;
  }

  get status(): number {
    return this.#native?.status ?? this.#init?.status ?? 200;
  }

  get statusText(): string {
    return this.#native?.statusText ?? this.#init?.statusText ?? '';
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  get headers(): Headers {
    return this.#native?.headers ?? (this.#headers ??= new NativeHeaders(this.#pairs()));
  }

  get body(): Response['body'] {
    return this.#native === undefined && this.#body === null ? null : this.#whole.body;
  }

  get bodyUsed(): boolean {
    return this.#native?.bodyUsed ?? false;
  }

  get type(): Response['type'] {
    return this.#native?.type ?? 'default';
  }

  get url(): string {
    return '';
  }

  get redirected(): boolean {
    return false;
  }

  clone(): Response {
    return this.#whole.clone();
  }

  text(): Promise<string> {
    return this.#whole.text();
  }

  json(): Promise<unknown> {
    return this.#whole.json();
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#whole.arrayBuffer();
  }

  bytes(): Promise<Uint8Array> {
    return this.#whole.arrayBuffer().then((buffer) => new Uint8Array(buffer));
  }

  blob(): Promise<Blob> {
    return this.#whole.blob();
  }

  formData(): Promise<FormData> {
    return this.#whole.formData();
  }

  static error(): Response {
    return NativeResponse.error();
  }

  static json(data: unknown, init?: ResponseInit): Response {
    const text: string | undefined = JSON.stringify(data);
    if (text === undefined) throw new TypeError('Value is not JSON serializable');
    const pairs = pairsOf(init?.headers);
    if (!pairs.some(([name]) => isNamed(name, 'content-type'))) pairs.push(['content-type', 'application/json']);
    return new LightResponse(text, { ...init, headers: pairs }) as unknown as Response;
  }

  static redirect(url: string | URL, status?: number): Response {
    return NativeResponse.redirect(url, status as 302);
  }
}

Object.setPrototypeOf(LightResponse.prototype, NativeResponse.prototype);
