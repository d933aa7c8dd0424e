import type { IncomingMessage, ServerResponse } from 'node:http';
import { type App, type Environ, TsgiAbortError, TsgiError } from '@tsgi/core';
import {
  assertApp,
  type ConnectionFacts,
  createErrorStream,
  environFromHead,
  Exchange,
  percentDecode,
  reasonPhrase,
  RequestBody,
  type ServerTraits,
} from '@tsgi/core/server';
import { NodeWriter } from './node-writer.ts';

/** A request listener of `node:http`; with `next`, a middleware of Express and Connect. */
export type NodeEntry = (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void) => void;

/** What Express keeps on a request that it hands to a mounted middleware. */
interface Mounted {
  readonly baseUrl?: unknown;
  readonly originalUrl?: unknown;
}

/** Settings of `toNode`. */
export interface ToNodeOptions {
  /** Where `tsgi.errors` and faults of the application go. Default: standard error. */
  errors?(text: string): void;
  /** Where the application is mounted: SCRIPT_NAME, cut off the front of the path. Default: where Express mounts it, else the root. */
  scriptName?: string;
}

function traitsOf({ errors = (text) => process.stderr.write(text), scriptName }: ToNodeOptions): ServerTraits {
  return {
    multithread: false,
    // Under `node:cluster` or a process manager; nobody says.
    multiprocess: true,
    runOnce: false,
    concurrent: true,
    serverSoftware: 'tsgi-node',
    errors: createErrorStream(errors),
    earlyHints: true,
    ...(scriptName === undefined ? {} : { scriptName }),
  };
}

function connectionFacts(request: IncomingMessage): ConnectionFacts {
  const { socket } = request;
  const isTls = Reflect.get(socket, 'encrypted') === true;
  const { localAddress = '127.0.0.1', localPort, remoteAddress, remotePort } = socket;
  const bare = localAddress.replace(/^::ffff:(?=\d+\.)/i, '');
  return {
    scheme: isTls ? 'https' : 'http',
    serverName: bare.includes(':') ? `[${bare}]` : bare,
    serverPort: String(localPort ?? (isTls ? 443 : 80)),
    ...(remoteAddress === undefined ? {} : { remoteAddress: remoteAddress.replace(/^::ffff:(?=\d+\.)/i, '') }),
    ...(remotePort === undefined ? {} : { remotePort: String(remotePort) }),
  };
}

/** Names and values of the head; over HTTP/2 without its pseudo-headers, whose `:authority` is the Host. */
function headersOf(request: IncomingMessage): string[] {
  const { rawHeaders } = request;
  if (request.httpVersionMajor < 2) return rawHeaders;
  const headers: string[] = [];
  let hasHost = false;
  let authority: string | undefined;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    if (name === ':authority') authority = value;
    if (name.startsWith(':')) continue;
    hasHost ||= name.toLowerCase() === 'host';
    headers.push(name, value);
  }
  if (!hasHost && authority !== undefined) headers.push('host', authority);
  return headers;
}

function environOf(request: IncomingMessage, traits: ServerTraits): Environ {
  const { baseUrl, originalUrl } = request as Mounted;
  const target = typeof originalUrl === 'string' ? originalUrl : (request.url ?? '/');
  const isMounted = typeof baseUrl === 'string' && baseUrl !== '' && target.startsWith(baseUrl);
  return environFromHead(
    {
      method: request.method ?? 'GET',
      target,
      protocol: `HTTP/${request.httpVersion}`,
      headers: headersOf(request),
    },
    connectionFacts(request),
    isMounted ? { ...traits, scriptName: percentDecode(baseUrl) } : traits,
  );
}

function hasBody(request: IncomingMessage, environ: Environ): boolean {
  if (environ.CONTENT_LENGTH !== undefined) return environ.CONTENT_LENGTH !== '0';
  return request.httpVersionMajor < 2 ? request.headers['transfer-encoding'] !== undefined : !request.readableEnded;
}

/** The request's body, read no faster than the application reads, and not before. */
function bodyOf(request: IncomingMessage, response: ServerResponse, environ: Environ): RequestBody {
  const { CONTENT_LENGTH: length } = environ;
  const isExpected = request.headers.expect?.toLowerCase() === '100-continue' && request.httpVersion !== '1.0';
  let isAttached = false;
  const body = new RequestBody({
    expected: length === undefined ? undefined : Number(length),
    onWanted() {
      if (!isAttached) {
        isAttached = true;
        // R52: who listens to `checkContinue` leaves it to us; for a `request` Node has sent it already.
        if (isExpected && !response.headersSent && Reflect.get(response, '_sent100') !== true) response.writeContinue();
        request.on('data', (chunk: Buffer) => {
          if (!body.push(chunk)) request.pause();
        });
        request.on('end', () => body.end());
      }
      request.resume();
    },
  });
  if (request.readableEnded || request.destroyed) body.fail(alreadyRead());
  request.on('error', () => {});
  request.on('close', () => {
    if (request.readableEnded) return;
    body.fail(new TsgiAbortError('the client left before its body was whole', { rule: 'R48' }));
  });
  return body;
}

function alreadyRead(): TsgiError {
  return new TsgiError('the request body was read before, by a middleware in front', {
    code: 'BODY_READ',
    side: 'app',
  });
}

/** An application whose errors go to `next`, as long as no head was sent. */
function failingTo(app: App, writer: NodeWriter, next: (error: unknown) => void): App {
  const fail = (error: unknown): never => {
    writer.passOn = () => next(error);
    throw error;
  };
  return (environ, startResponse) => {
    let body;
    try {
      body = app(environ, startResponse);
    } catch (error) {
      return fail(error);
    }
    return 'then' in body ? Promise.resolve(body).then(undefined, fail) : body;
  };
}

/** A request that has no environ, as R27, R31 and R37 say. */
function refuse(response: ServerResponse, error: unknown, traits: ServerTraits): void {
  const code = error instanceof TsgiError ? error.statusHint : 500;
  const status = `${code} ${reasonPhrase(code)}`;
  if (code === 500) traits.errors.write(`${String(error)}\n`);
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
  response.end(`${status}\n`);
}

/**
 * Runs a TSGI application where Node listeners run: `http.createServer(toNode(app))`, and as a middleware of Express
 * (`app.use('/reports', toNode(reports))`): `SCRIPT_NAME` is where it is mounted. What the application throws before its
 * head goes to `next`, where there is one. As a listener of `checkContinue` too, it sends the 100 when the body is first
 * read (R52).
 *
 * @throws TypeError for what is no application.
 */
export function toNode(app: App, options: ToNodeOptions = {}): NodeEntry {
  assertApp(app);
  const traits = traitsOf(options);
  return (request, response, next) => {
    let environ: Environ;
    try {
      environ = environOf(request, traits);
    } catch (error) {
      if (next !== undefined) next(error);
      else refuse(response, error, traits);
      return;
    }
    const writer = new NodeWriter(response);
    let body: RequestBody | undefined;
    if (hasBody(request, environ)) {
      body = bodyOf(request, response, environ);
      environ['tsgi.input'] = body.input;
    }
    const exchange = new Exchange(next === undefined ? app : failingTo(app, writer, next), environ, writer);
    writer.onFinished = () => {
      if (body === undefined) return;
      body.discard();
      request.resume();
    };
    response.on('close', () => {
      if (!response.writableFinished) exchange.abort(new TsgiAbortError('the client has left'));
    });
    exchange.run();
  };
}
