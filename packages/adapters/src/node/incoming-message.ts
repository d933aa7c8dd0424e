import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type Environ, headerName, rawHeaders, TsgiAbortError, TsgiError } from '@tsgi/core';
import { usualSpelling } from '../environ/header-names.ts';
import { requestTarget } from '../environ/request-target.ts';
import type { WireSocket } from './wire-socket.ts';

const UPPER_C = 0x43;
const UPPER_H = 0x48;

interface RequestInsides {
  _readableState: { readingMore: boolean };
}
type Request = IncomingMessage & RequestInsides;

function readNothing(this: Request): void {
  this._readableState.readingMore = false;
  this.push(null);
}

/** One for each body: its `_read` is a property of the message's own, for Express replaces its prototype. */
function bodyReader(environ: Environ): () => void {
  let iterator: AsyncIterator<Uint8Array> | undefined;
  return function read(this: Request): void {
    this._readableState.readingMore = false;
    iterator ??= environ['tsgi.input'][Symbol.asyncIterator]();
    iterator.next().then(
      (step) => {
        if (this.destroyed) return;
        if (step.done === true) {
          takeTrailers(this, environ);
          this.complete = true;
          this.push(null);
        } else this.push(asBuffer(step.value));
      },
      (error: unknown) => failRead(this, error),
    );
  };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function takeTrailers(request: Request, environ: Environ): void {
  const trailers = environ['http.trailers'];
  if (!Array.isArray(trailers)) return;
  for (const [name, value] of trailers as [string, string][]) {
    request.rawTrailers.push(name, value);
    request.trailers[name.toLowerCase()] = value;
  }
}

/** The error in the words of Node and its libraries. */
function nodeError(error: unknown): Error {
  if (error instanceof TsgiAbortError) {
    return Object.assign(new Error('aborted', { cause: error }), { code: 'ECONNRESET' });
  }
  if (error instanceof TsgiError) {
    const { code, statusHint } = error;
    return Object.assign(new Error(error.message, { cause: error }), {
      code,
      status: statusHint,
      statusCode: statusHint,
    });
  }
  return error instanceof Error ? error : new Error(String(error));
}

function destroyAborted(this: Request, reason: Error | null, callback: (error?: Error | null) => void): void {
  this.aborted = true;
  this.emit('aborted');
  process.nextTick(callback, reason);
}

function failRead(request: Request, error: unknown): void {
  if (request.destroyed) return;
  if (error instanceof TsgiError && error.code === 'RESPONSE_ENDED') {
    // Nobody wanted it in time; as in Node, who listens hears the end.
    request.complete = true;
    request.push(null);
    return;
  }
  const failure = nodeError(error);
  if (request.listenerCount('error') === 0) {
    // Nobody listens, nobody will answer: the server does.
    request.socket.destroy(error instanceof Error ? error : failure);
    request.destroy();
    return;
  }
  // Who listens may still answer, with a 413, say: the socket lives on.
  request._destroy = destroyAborted;
  request.destroy(failure);
}

/** `headers` are the environ's, which a middleware may have changed; `rawHeaders` as they came, where the wire has them. */
function addHeaders(request: Request, environ: Environ): void {
  const headers: Record<string, string> = {};
  const came = rawHeaders(environ);
  const raw: string[] = [];
  for (const key in environ) {
    // Most keys are no headers: `HTTP_…`, `CONTENT_…`.
    const first = key.charCodeAt(0);
    const name = first === UPPER_H || first === UPPER_C ? headerName(key) : undefined;
    if (name === undefined) continue;
    const value = environ[key] as string;
    headers[name] = value;
    if (came === undefined) raw.push(usualSpelling(name), value);
  }
  request.headers = headers;
  request.rawHeaders = came === undefined ? raw : [...came];
}

function setVersion(request: IncomingMessage, protocol: string): void {
  if (protocol === 'HTTP/1.1') {
    request.httpVersion = '1.1';
    request.httpVersionMajor = 1;
    request.httpVersionMinor = 1;
    return;
  }
  // `INCLUDED` is 1.0 by R33.
  const [, major = '1', minor = '0'] = /^HTTP\/(\d)(?:\.(\d))?$/.exec(protocol) ?? [];
  request.httpVersion = `${major}.${minor}`;
  request.httpVersionMajor = Number(major);
  request.httpVersionMinor = Number(minor);
}

/**
 * A real `IncomingMessage` of an environ: URL undecoded and below `SCRIPT_NAME`, headers, addresses by its socket. A body
 * of unknown length shows as `transfer-encoding: chunked`, which is what body parsers look for.
 */
export function createRequest(environ: Environ, socket: WireSocket): IncomingMessage {
  const request = new IncomingMessage(socket as unknown as Socket) as Request;
  addHeaders(request, environ);
  request.method = environ.REQUEST_METHOD;
  request.url = requestTarget(environ);
  setVersion(request, environ.SERVER_PROTOCOL);
  if (environ['tsgi.has_body']) {
    if (!environ.CONTENT_LENGTH) {
      request.headers['transfer-encoding'] = 'chunked';
      if (rawHeaders(environ) === undefined) request.rawHeaders.push('Transfer-Encoding', 'chunked');
    }
    request._read = bodyReader(environ);
  } else {
    request.complete = true;
    request._read = readNothing;
  }
  return request;
}
