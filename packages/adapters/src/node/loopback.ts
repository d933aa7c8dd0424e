import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Duplex } from 'node:stream';
import {
  type App,
  type Bytes,
  type Environ,
  type Header,
  headerName,
  isHopByHop,
  onAbort,
  TsgiError,
} from '@tsgi/core';
import { DIGITS } from '@tsgi/core/server';
import { usualSpelling } from '../environ/header-names.ts';
import { requestTarget } from '../environ/request-target.ts';
import { defineAddresses, type SocketAddresses } from './addresses.ts';
import { earlyHints } from './early-hints.ts';
import { type NodeTarget, refuseConnect } from './listener.ts';

// The bridge for a Node whose messages are not as `self-test.ts` expects: a server that listens nowhere is given a stream
// with a made-up HTTP/1.1 request, and what it writes is parsed. Node's own parser and writer do the rest.

/** More than any wire lets a head be. */
const MOST_HEAD = 1_048_576;
const HEAD_END = Buffer.from('\r\n\r\n');
const UNSAFE = /[\r\n\0]/;
const NOTHING: Buffer = Buffer.alloc(0);

function unsafe(name: string): TsgiError {
  return new TsgiError(`${name} cannot be a line of an HTTP head`, { code: 'BAD_HEADER_VALUE', side: 'peer' });
}

/**
 * The head of the made-up request.
 *
 * @throws TsgiError (400) for what would end a line, and for a length that is none: both would smuggle a second request.
 */
export function requestHead(environ: Environ, isChunked: boolean): string {
  const { REQUEST_METHOD: method, CONTENT_LENGTH: length } = environ;
  const target = requestTarget(environ);
  if (/[^\x21-\x7e\x80-\xff]/.test(target) || /[^!-~]/.test(method)) throw unsafe('the request line');
  if (length !== undefined && length !== '' && !DIGITS.test(length)) throw unsafe('Content-Length');
  const lines = [`${method} ${target} HTTP/${environ.SERVER_PROTOCOL === 'HTTP/1.0' ? '1.0' : '1.1'}`];
  for (const key in environ) {
    const name = headerName(key);
    const value = environ[key];
    if (name === undefined || typeof value !== 'string' || isHopByHop(name) || name === 'expect') continue;
    if (UNSAFE.test(key) || UNSAFE.test(value)) throw unsafe(JSON.stringify(key));
    if (key === 'CONTENT_LENGTH' && value === '') continue;
    lines.push(`${usualSpelling(name)}: ${value}`);
  }
  if (environ.HTTP_HOST === undefined) lines.push(`Host: ${environ.SERVER_NAME}`);
  if (isChunked) lines.push('Transfer-Encoding: chunked');
  return `${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`;
}

/** The stream between the two: what the server reads is the request, what it writes is the answer, and its body. */
class Loop extends Duplex implements AsyncIterable<Bytes>, SocketAddresses {
  declare readonly remoteAddress: string | undefined;
  declare readonly remotePort: number | undefined;
  declare readonly remoteFamily: string | undefined;
  declare readonly localAddress: string | undefined;
  declare readonly localPort: number | undefined;
  declare readonly localFamily: string | undefined;
  declare encrypted: unknown;

  readonly environ: Environ;
  readonly #onHead: (status: string, headers: Header[]) => void;
  readonly #onFailure: (error: unknown) => void;
  #input: AsyncIterator<Bytes> | undefined;
  #isChunked = false;
  #reading = false;
  #kept: Buffer = NOTHING;
  #hasHead = false;
  #queue: Bytes[] = [];
  #callbacks: (() => void)[] = [];
  #isOver = false;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(
    environ: Environ,
    onHead: (status: string, headers: Header[]) => void,
    onFailure: (error: unknown) => void,
  ) {
    super({ autoDestroy: true });
    this.environ = environ;
    this.#onHead = onHead;
    this.#onFailure = onFailure;
    this.on('error', () => {});
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  /** Sends the request. */
  begin(): void {
    const { environ } = this;
    const { CONTENT_LENGTH: length } = environ;
    const hasInput = environ['tsgi.has_body'];
    this.#isChunked = hasInput && (length === undefined || length === '');
    if (hasInput) this.#input = environ['tsgi.input'][Symbol.asyncIterator]();
    this.push(requestHead(environ, this.#isChunked), 'latin1');
  }

  override _read(): void {
    if (this.#input === undefined || this.#reading) return;
    this.#reading = true;
    this.#input.next().then(
      (step) => {
        this.#reading = false;
        if (step.done === true) {
          this.#input = undefined;
          if (this.#isChunked) this.push('0\r\n\r\n');
        } else if (this.#isChunked) {
          const size = `${step.value.byteLength.toString(16)}\r\n`;
          this.push(Buffer.concat([Buffer.from(size), step.value, Buffer.from('\r\n')]));
        } else this.push(step.value);
      },
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    const body = this.#hasHead ? chunk : this.#takeHead(chunk);
    if (body.byteLength === 0) callback();
    else {
      this.#queue.push(body);
      this.#callbacks.push(callback);
    }
    this.#wakeUp();
  }

  /** What follows the head; it ends at the first empty line, whatever the body holds. */
  #takeHead(chunk: Buffer): Buffer {
    let bytes: Buffer = this.#kept.byteLength === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    for (;;) {
      const end = bytes.indexOf(HEAD_END);
      if (end === -1) {
        this.#kept = bytes;
        return NOTHING;
      }
      const head = bytes.toString('latin1', 0, end);
      bytes = bytes.subarray(end + HEAD_END.byteLength);
      if (/^HTTP\/1\.1 1\d\d /.test(head)) earlyHints(head, this.environ);
      else {
        this.#kept = NOTHING;
        this.#hasHead = true;
        const [line = '', ...fields] = head.split('\r\n');
        const headers = fields.map((field): Header => {
          const colon = field.indexOf(':');
          return [field.slice(0, colon), field.slice(colon + 1).trim()];
        });
        const own = headers.filter(([name]) => !isHopByHop(name) && !/^(?:status|trailer)$/i.test(name));
        this.#onHead(line.slice(line.indexOf(' ') + 1), own);
        return bytes;
      }
    }
  }

  override _final(callback: () => void): void {
    this.#isOver = true;
    callback();
    this.#wakeUp();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    if (!this.#isOver) this.#failure = error ?? new Error('the application closed its connection');
    this.#isOver = true;
    callback(error);
    if (!this.#hasHead) this.#onFailure(this.#failure);
    this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  override async *[Symbol.asyncIterator](): AsyncGenerator<Bytes, undefined, undefined> {
    try {
      for (;;) {
        const chunks = this.#queue;
        this.#queue = [];
        yield* chunks;
        const callbacks = this.#callbacks.splice(0, chunks.length);
        for (const callback of callbacks) callback();
        if (this.#queue.length > 0) continue;
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#isOver) return undefined;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      this.destroy();
    }
  }

  /** The client left while nothing came: a generator that waits cannot be told. */
  close(): void {
    this.destroy();
  }
}

defineAddresses(Loop.prototype);

/** Runs a listener behind a server of its own that listens nowhere. */
export function loopback({ listener }: NodeTarget): App {
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    response.useChunkedEncodingByDefault = false;
    // Also where the application asks for it: the wire frames, and the chunks' sizes would be part of the body.
    Object.defineProperty(response, 'chunkedEncoding', { get: () => false, set() {} });
    const fail = (error: unknown): void => {
      request.socket.destroy(error instanceof Error ? error : new Error(String(error)));
    };
    try {
      const returned = listener(request, response);
      if (returned instanceof Promise) returned.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
  const server = createServer({ maxHeaderSize: MOST_HEAD, keepAliveTimeout: 0, requireHostHeader: false }, answer);
  server.on('clientError', (error, socket) => socket.destroy(error));
  return (environ, startResponse) => {
    refuseConnect(environ);
    return new Promise((resolve, reject) => {
      const loop: Loop = new Loop(
        environ,
        (status, headers) => {
          try {
            startResponse(status, headers);
            resolve(loop);
          } catch (error) {
            reject(error);
            loop.destroy();
          }
        },
        reject,
      );
      onAbort(environ, () => loop.destroy());
      server.emit('connection', loop);
      try {
        loop.begin();
      } catch (error) {
        reject(error);
        loop.destroy();
      }
    });
  };
}
