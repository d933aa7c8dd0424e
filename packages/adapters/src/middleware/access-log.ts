import {
  type App,
  type Body,
  type Bytes,
  type Environ,
  type Header,
  onAbort,
  standInFor,
  type StartResponse,
} from '@tsgi/core';
import { assertApp, requestIdOf } from '@tsgi/core/server';
import { accessFormat, accessText } from '../access-log/access-format.ts';
import type { AccessRecord } from '../access-log/access-record.ts';

/** How and where requests are logged. */
export interface AccessLogOptions {
  /**
   * `common`, `combined` (the default), `json`, a format in the words of Apache's `LogFormat`, or a function that makes the
   * line.
   */
  format?: string | ((record: AccessRecord) => string);
  /** Takes one line, with its line feed. Default: the request's `tsgi.errors`. */
  write?(line: string): void;
}

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
  readonly #method: string;
  readonly #target: string;
  readonly #protocol: string;
  readonly #began = Date.now();
  readonly #start = performance.now();
  #status = 500;
  #bytes = 0;
  #announced: number | undefined;
  #hasHead = false;
  #headers: readonly Header[] = [];
  #aborted = false;

  constructor(environ: Environ) {
    this.#environ = environ;
    this.#method = environ.REQUEST_METHOD;
    this.#target = environ.REQUEST_URI;
    this.#protocol = environ.SERVER_PROTOCOL;
    onAbort(environ, () => {
      this.#aborted = true;
      if (!this.#hasHead) this.#status = 499;
    });
  }

  startResponse(given: StartResponse): StartResponse {
    const watched: StartResponse = (status, headers, excInfo) => {
      const write = given(status, headers, excInfo);
      this.#hasHead = true;
      this.#status = Number(status.slice(0, 3));
      this.#headers = headers;
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
      method: this.#method,
      target: this.#target,
      protocol: this.#protocol,
      status: this.#status,
      bytes: isBodiless ? 0 : (this.#announced ?? this.#bytes),
      began: this.#began,
      duration: performance.now() - this.#start,
      aborted: this.#aborted,
      headers: this.#headers,
      requestId: requestIdOf(this.#environ),
      isPlainId: false,
      keepsConnection: undefined,
      refused: undefined,
    };
  }
}

/**
 * Logs each request when its response is over. It watches and changes nothing: an upgrade, an early head and the way a
 * file is sent stay as they are. A log that fails fails no request.
 *
 * For a server of one's own; `tsgi serve` has `--access-log`, which sees what never gets to an application, too.
 *
 * @throws TypeError for what is no application, RangeError for a format that is none.
 */
export function accessLog(app: App, options: AccessLogOptions = {}): App {
  assertApp(app);
  const { format = 'combined', write } = options;
  const line = lineOf(format);
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

function lineOf(format: string | ((record: AccessRecord) => string)): (record: AccessRecord) => string {
  if (typeof format === 'function') return format;
  try {
    const made = accessFormat(format);
    return (record) => accessText(made, record);
  } catch (error) {
    if (error instanceof RangeError) error.message = `format: ${error.message}`;
    throw error;
  }
}
