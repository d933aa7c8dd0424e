import type { App, Body, Bytes, Environ, Header, StartResponse } from '@tsgi/core';
import { isHopByHop, TsgiError } from '@tsgi/core';
import { assertApp, reasonPhrase } from '@tsgi/core/server';

/** The body of a triple: text is sent as UTF-8. `close()` is called when it is over. */
export type TripleBody = (Iterable<Bytes | string> | AsyncIterable<Bytes | string>) & {
  close?(): void | PromiseLike<void>;
};

/**
 * An answer as Rack and PSGI have it. The status is a number or `'404 Not Found'`; headers are an object, whose values
 * may be arrays, or pairs, or, as in PSGI, names and values in turn.
 */
export type Triple = readonly [
  status: number | string,
  headers:
    | Readonly<Record<string, string | readonly string[]>>
    | readonly (readonly [string, string])[]
    | readonly string[],
  body: TripleBody | string | Bytes | null,
];

/** An application in the manner of Rack and PSGI, with TSGI's environ. */
export type TripleApp = (environ: Environ) => Triple | PromiseLike<Triple>;

const encoder = new TextEncoder();

function statusText(status: number | string): string {
  const text = String(status);
  return /^\d{3}$/.test(text) ? `${text} ${reasonPhrase(Number(text))}` : text;
}

function pairs(headers: Triple[1]): Header[] {
  const found: Header[] = [];
  const add = (name: string, value: string | readonly string[]): void => {
    // Rack joined the values of one name by line breaks.
    const values = typeof value === 'string' ? value.split('\n') : value;
    for (const one of values) found.push([name, String(one)]);
  };
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) add(name, value);
  } else if (headers.length > 0 && typeof headers[0] === 'string') {
    if (headers.length % 2 !== 0) throw badTriple('headers of an odd number', 'names and values in turn');
    for (let index = 0; index < headers.length; index += 2) add(headers[index], headers[index + 1]);
  } else for (const [name, value] of headers as [string, string][]) add(name, value);
  return found;
}

function badTriple(found: string, expected: string): TsgiError {
  return new TsgiError(`the application answered ${found}: expected ${expected}`, {
    code: 'BAD_TRIPLE',
    side: 'app',
    rule: 'R3',
  });
}

function encoded(chunk: Bytes | string): Bytes {
  return typeof chunk === 'string' ? encoder.encode(chunk) : chunk;
}

/** Encodes text on its way; what the iterator underneath can do, it can. */
class EncodedBody implements AsyncIterable<Bytes> {
  readonly #body: TripleBody;

  constructor(body: TripleBody) {
    this.#body = body;
  }

  [Symbol.asyncIterator](): AsyncIterator<Bytes> {
    const body = this.#body;
    const iterator =
      Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : (body as Iterable<string>)[Symbol.iterator]();
    return {
      async next() {
        const step = await iterator.next();
        return step.done === true ? { done: true, value: undefined } : { done: false, value: encoded(step.value) };
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

function bodyOf(body: Triple[2]): Body {
  if (body === null) return [];
  if (typeof body === 'string' || body instanceof Uint8Array) return [encoded(body)];
  if (Array.isArray(body) && !('close' in body)) return body.map(encoded);
  if (typeof body !== 'object') throw badTriple(`a body that is a ${typeof body}`, 'an iterable of text or bytes');
  return new EncodedBody(body as TripleBody);
}

function send(answer: unknown, startResponse: StartResponse): Body {
  if (!Array.isArray(answer) || answer.length !== 3) {
    throw badTriple(
      Array.isArray(answer) ? `an array of ${answer.length}` : `a ${typeof answer}`,
      '[status, headers, body]',
    );
  }
  const [status, headers, body] = answer as unknown as Triple;
  startResponse(statusText(status), pairs(headers));
  return bodyOf(body);
}

/**
 * Runs an application in the manner of Rack and PSGI: `(environ) => [200, { 'content-type': 'text/plain' }, ['Hello\n']]`.
 *
 * @throws TypeError for what is no function.
 */
export function fromTriple(app: TripleApp): App {
  if (typeof app !== 'function') throw new TypeError(`fromTriple takes a function, found a ${typeof app}`);
  return (environ, startResponse) => {
    const answer = app(environ);
    if (Array.isArray(answer)) return send(answer, startResponse);
    return Promise.resolve(answer).then((settled) => send(settled, startResponse));
  };
}

/** What an application has answered so far. */
class Answer {
  status = '';
  headers: Header[] = [];
  readonly written: Bytes[] = [];
  isSent = false;

  readonly startResponse: StartResponse = (status, headers, excInfo) => {
    const replaces = excInfo !== undefined && excInfo !== null;
    if (replaces && this.isSent) throw excInfo;
    if (!replaces && this.status !== '') {
      throw new TsgiError('startResponse was called again without excInfo', {
        code: 'DUPLICATE_START_RESPONSE',
        side: 'app',
        rule: 'R70',
      });
    }
    this.status = status;
    this.headers = headers.filter(([name]) => !isHopByHop(name)).map(([name, value]): Header => [name, value]);
    return (chunk) => {
      this.written.push(chunk);
      return Promise.resolve();
    };
  };
}

/** A body of which some chunks were taken already. */
class RestOfBody implements AsyncIterable<Bytes> {
  readonly #first: Bytes[];
  readonly #iterator: Iterator<Bytes> | AsyncIterator<Bytes>;
  readonly #body: Body;

  constructor(first: Bytes[], iterator: Iterator<Bytes> | AsyncIterator<Bytes>, body: Body) {
    this.#first = first;
    this.#iterator = iterator;
    this.#body = body;
  }

  [Symbol.asyncIterator](): AsyncIterator<Bytes> {
    return {
      next: async () => {
        const value = this.#first.shift();
        return value === undefined ? this.#iterator.next() : { done: false, value };
      },
      return: async () => {
        await this.#iterator.return?.();
        return { done: true, value: undefined };
      },
    };
  }

  close(): void | PromiseLike<void> {
    return this.#body.close?.();
  }
}

/**
 * Calls a TSGI application for a triple: the status is a number, headers are pairs. The body is not collected; whoever
 * gets it must iterate it, or call `close()`.
 *
 * @throws TypeError for what is no application.
 */
export function toTriple(
  app: App,
): (
  environ: Environ,
) => Promise<[status: number, headers: Header[], body: AsyncIterable<Bytes> & { close(): void | PromiseLike<void> }]> {
  assertApp(app);
  return async (environ) => {
    const answer = new Answer();
    const body = await app(environ, answer.startResponse);
    const iterator = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
    const first = answer.written;
    try {
      // R6: the head may come as late as with the first chunk.
      while (answer.status === '' || first.length === 0) {
        const step = await iterator.next();
        if (step.done === true) break;
        if (step.value.byteLength > 0) first.push(step.value);
      }
      if (answer.status === '') {
        throw new TsgiError('startResponse was not called', { code: 'NO_START_RESPONSE', side: 'app', rule: 'R6' });
      }
    } catch (error) {
      await body.close?.();
      throw error;
    }
    answer.isSent = true;
    return [Number(answer.status.slice(0, 3)), answer.headers, new RestOfBody(first, iterator, body)];
  };
}
