import { type App, type Body, type Bytes, type Environ, onAbort, standInFor, type StartResponse } from '@tsgi/core';
import { assertApp } from '@tsgi/core/server';

/** What is known of a request when it is over. */
export interface AccessRecord {
  readonly environ: Environ;
  /** 499 where the client left before there was one, as nginx says. */
  readonly status: number;
  /** Bytes of the body that the application gave; `undefined` where a length was announced only. */
  readonly bytes: number | undefined;
  /** When the request began, in milliseconds since 1970. */
  readonly began: number;
  /** Milliseconds from there to the end of the response. */
  readonly duration: number;
}

/** How and where requests are logged. */
export interface AccessLogOptions {
  /** `common`, `combined` (the default), `json`, or a function that makes the line. */
  format?: 'common' | 'combined' | 'json' | ((record: AccessRecord) => string);
  /** Takes one line, with its line feed. Default: the request's `tsgi.errors`. */
  write?(line: string): void;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** What a client sent, between quotes: it must not end them, or forge a line. As Apache writes it. */
function quoted(text: string | undefined): string {
  if (text === undefined || text === '') return '"-"';
  return `"${text.replace(/["\\\0-\x1f\x7f-\xff]/g, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )}"`;
}

function word(text: unknown): string {
  return typeof text === 'string' && /^[!#-[\]-~]+$/.test(text) ? text : '-';
}

function time(milliseconds: number): string {
  const date = new Date(milliseconds);
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
}

function common({ environ, status, bytes, began }: AccessRecord): string {
  const { REMOTE_ADDR: address, REMOTE_USER: user, REQUEST_METHOD: method, REQUEST_URI: uri } = environ;
  const line = quoted(`${method} ${uri} ${environ.SERVER_PROTOCOL}`);
  return `${word(address)} - ${word(user)} [${time(began)}] ${line} ${status} ${bytes || '-'}`;
}

function combined(record: AccessRecord): string {
  const { HTTP_REFERER: referer, HTTP_USER_AGENT: agent } = record.environ;
  return `${common(record)} ${quoted(referer)} ${quoted(agent)}`;
}

function json({ environ, status, bytes, began, duration }: AccessRecord): string {
  return JSON.stringify({
    time: new Date(began).toISOString(),
    remote: environ.REMOTE_ADDR,
    method: environ.REQUEST_METHOD,
    uri: environ.REQUEST_URI,
    protocol: environ.SERVER_PROTOCOL,
    status,
    bytes,
    duration: Math.round(duration * 1000) / 1000,
    referer: environ.HTTP_REFERER,
    agent: environ.HTTP_USER_AGENT,
  });
}

const formats = { common, combined, json };

/** Counts what passes; what the body can, it can. */
class CountedBody implements AsyncIterable<Bytes> {
  readonly #body: Body;
  readonly #count: (bytes: number) => void;

  constructor(body: Body, count: (bytes: number) => void) {
    this.#body = body;
    this.#count = count;
  }

  [Symbol.asyncIterator](): AsyncIterator<Bytes> {
    const body = this.#body;
    const iterator = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
    const count = this.#count;
    return {
      async next() {
        const step = await iterator.next();
        if (step.done !== true) count(step.value.byteLength);
        return step;
      },
      async return() {
        await iterator.return?.();
        return { done: true, value: undefined };
      },
    };
  }

  close(): void | PromiseLike<void> {
    return this.#body.close?.();
  }
}

/** One request, until it is over. */
class Watch {
  readonly #environ: Environ;
  readonly #began = Date.now();
  readonly #start = performance.now();
  #status = 500;
  #bytes = 0;
  #announced: number | undefined;
  #hasHead = false;

  constructor(environ: Environ) {
    this.#environ = environ;
    onAbort(environ, () => {
      if (!this.#hasHead) this.#status = 499;
    });
  }

  startResponse(given: StartResponse): StartResponse {
    const watched: StartResponse = (status, headers, excInfo) => {
      const write = given(status, headers, excInfo);
      this.#hasHead = true;
      this.#status = Number(status.slice(0, 3));
      const length = headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1];
      this.#announced = length === undefined ? undefined : Number(length);
      return (chunk) => {
        this.#bytes += chunk.byteLength;
        return write(chunk);
      };
    };
    // It changes nothing: extensions that go past it may (R91).
    return standInFor(watched, given);
  }

  body(body: Body): Body {
    // What is announced need not be counted, and a file can be sent the server's fastest way.
    if (this.#announced !== undefined) return body;
    if (!Array.isArray(body)) {
      return new CountedBody(body, (bytes) => {
        this.#bytes += bytes;
      });
    }
    for (const chunk of body as Bytes[]) this.#bytes += chunk?.byteLength ?? 0;
    return body;
  }

  record(): AccessRecord {
    const isBodiless = this.#environ.REQUEST_METHOD === 'HEAD' || this.#status === 304;
    return {
      environ: this.#environ,
      status: this.#status,
      bytes: isBodiless ? 0 : (this.#announced ?? this.#bytes),
      began: this.#began,
      duration: performance.now() - this.#start,
    };
  }
}

/**
 * Logs each request when its response is over. It watches and changes nothing: an upgrade, an early head and the way a
 * file is sent stay as they are. A log that fails fails no request.
 *
 * @throws TypeError for what is no application, RangeError for a format that is none.
 */
export function accessLog(app: App, options: AccessLogOptions = {}): App {
  assertApp(app);
  const { format = 'combined', write } = options;
  const line = typeof format === 'function' ? format : Object.hasOwn(formats, format) ? formats[format] : undefined;
  if (line === undefined) {
    throw new RangeError(`format: expected common, combined, json or a function, found ${JSON.stringify(format)}`);
  }
  return (environ, startResponse) => {
    const watch = new Watch(environ);
    environ['tsgi.after_response'].push(() => {
      try {
        const text = `${line(watch.record())}\n`;
        if (write === undefined) environ['tsgi.errors'].write(text);
        else write(text);
      } catch {
        // Nobody is to hear of a log that cannot be written: least of all the client.
      }
    });
    const body = app(environ, watch.startResponse(startResponse));
    return 'then' in body ? Promise.resolve(body).then((settled) => watch.body(settled)) : watch.body(body);
  };
}
