import { countedBytes } from '@tsgi/core/server';
import { byteStringToText, type Bytes, type Environ, TsgiError } from '@tsgi/core';
import { requestUrl } from '../environ/request-target.ts';
import { LightHeaders } from '../fetch/light-headers.ts';
import { inputStream } from '../fetch/request-body.ts';

/** Bounds of a body that is taken whole into memory. */
export interface ReadOptions {
  /** Bytes; beyond them a 413. Default 1 MiB. */
  limit?: number;
}

/** A request through the platform's own classes, each made when it is first asked for. */
export interface RequestView {
  readonly environ: Environ;
  /** `'GET'`. */
  readonly method: string;
  /** The path below `SCRIPT_NAME`, decoded, as text: for a router that compares words. */
  readonly path: string;
  /** The whole URL below `SCRIPT_NAME`, undecoded. */
  readonly url: URL;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** Values are decoded where they are percent-encoded; of cookies of one name the first. */
  readonly cookies: ReadonlyMap<string, string>;
  /** The body as it comes; `null` where there is none. */
  readonly body: ReadableStream<Bytes> | null;
  /** @throws TsgiError 413. */
  bytes(options?: ReadOptions): Promise<Bytes>;
  /** The body as UTF-8. @throws TsgiError 413. */
  text(options?: ReadOptions): Promise<string>;
  /** @throws TsgiError 400 for what is no JSON, 413. */
  json(options?: ReadOptions): Promise<unknown>;
  /** `application/x-www-form-urlencoded` or `multipart/form-data`. @throws TsgiError 415, 400, 413. */
  formData(options?: ReadOptions): Promise<FormData>;
}

const MEBIBYTE = 1_048_576;
const FORM = /^\s*(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i;
const decoder = new TextDecoder();

function refuse(message: string, code: string, statusHint: number, cause?: unknown): TsgiError {
  return new TsgiError(message, { code, side: 'peer', statusHint, cause });
}

function cookiesOf(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals === -1) continue;
    const name = pair.slice(0, equals).trim();
    const value = pair.slice(equals + 1).trim();
    if (!cookies.has(name)) cookies.set(name, decoded(value.startsWith('"') ? value.replace(/^"|"$/g, '') : value));
  }
  return cookies;
}

function decoded(value: string): string {
  try {
    return value.includes('%') ? decodeURIComponent(value) : value;
  } catch {
    return value;
  }
}

class LazyRequest implements RequestView {
  readonly environ: Environ;
  #url: URL | undefined;
  #headers: Headers | undefined;
  #cookies: Map<string, string> | undefined;
  #body: ReadableStream<Bytes> | null | undefined;

  constructor(environ: Environ) {
    this.environ = environ;
  }

  get method(): string {
    return this.environ.REQUEST_METHOD;
  }

  get path(): string {
    return byteStringToText(this.environ.PATH_INFO) || '/';
  }

  get url(): URL {
    return (this.#url ??= new URL(requestUrl(this.environ)));
  }

  get query(): URLSearchParams {
    return this.url.searchParams;
  }

  get headers(): Headers {
    return (this.#headers ??= new LightHeaders(this.environ));
  }

  get cookies(): ReadonlyMap<string, string> {
    return (this.#cookies ??= cookiesOf(this.environ.HTTP_COOKIE));
  }

  get body(): ReadableStream<Bytes> | null {
    if (this.#body === undefined) {
      this.#body = this.environ['tsgi.has_body'] ? inputStream(this.environ['tsgi.input']) : null;
    }
    return this.#body;
  }

  async bytes({ limit = MEBIBYTE }: ReadOptions = {}): Promise<Bytes> {
    const tooMuch = (): TsgiError => refuse(`the body is longer than ${countedBytes(limit)}`, 'BODY_TOO_LARGE', 413);
    const input = this.environ['tsgi.input'];
    const length = Number(this.environ.CONTENT_LENGTH || Number.NaN);
    if (length > limit) throw tooMuch();
    if (length <= limit) return input.read();
    const chunks: Bytes[] = [];
    let total = 0;
    for await (const chunk of input) {
      total += chunk.byteLength;
      if (total > limit) throw tooMuch();
      chunks.push(chunk);
    }
    const whole = new Uint8Array(total);
    let offset = 0;
    for (const chunk of chunks) {
      whole.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return whole;
  }

  async text(options?: ReadOptions): Promise<string> {
    return decoder.decode(await this.bytes(options));
  }

  async json(options?: ReadOptions): Promise<unknown> {
    const text = await this.text(options);
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw refuse('the body is no JSON', 'BAD_JSON', 400, error);
    }
  }

  async formData(options?: ReadOptions): Promise<FormData> {
    const type = this.environ.CONTENT_TYPE ?? '';
    if (!FORM.test(type)) throw refuse(`Content-Type ${JSON.stringify(type)}: expected a form`, 'NOT_A_FORM', 415);
    const bytes = await this.bytes(options);
    try {
      return await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
    } catch (error) {
      throw refuse('the body is not the form that its type says', 'BAD_FORM', 400, error);
    }
  }
}

/**
 * The request of an environ, for applications without a framework.
 *
 * ```js
 * const { method, path, query } = requestOf(environ);
 * ```
 */
export function requestOf(environ: Environ): RequestView {
  return new LazyRequest(environ);
}
