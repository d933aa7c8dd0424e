import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type App, type Body, type Environ, type ErrorStream, type StartResponse, TsgiError } from '@tsgi/core';
import { describeError, logLine, originalStartResponse, type ResponseHead } from '@tsgi/core/server';
import type { ParsedRequest } from './codec/request-parser.ts';

/** The request that asked for another protocol, as Node's `upgrade` listeners know it; its body is empty. */
export type UpgradeRequest = IncomingMessage;

/**
 * Owns the connection from now on: nothing was answered yet. `head` are bytes that came behind the request. If it throws or
 * rejects, that goes to `tsgi.errors`, and the connection is closed.
 */
export type TakeOver = (request: UpgradeRequest, socket: Duplex, head: Buffer) => void | PromiseLike<void>;

/**
 * `tsgi.upgrade`: returns what the application then returns. There only for a request that asks for an upgrade; the
 * first two arguments are the application's own (R91).
 *
 * @throws TsgiError when a middleware replaced `startResponse`, for what it does to responses would not happen; but for one
 *   that stands for the server's own (core's `standInFor`).
 */
export type Upgrade = (environ: Environ, startResponse: StartResponse, takeOver: TakeOver) => Body;

/** What a middleware that watches `startResponse` sees in place of a response. It says nothing to the server. */
const UPGRADED = '200 The connection speaks another protocol';

/** One request's chance of going on in another protocol. */
export class UpgradeOffer {
  readonly #request: ParsedRequest;
  /** `tsgi.upgrade` is calling `startResponse`. */
  #calling = false;
  /** It was the last to call it. */
  #taken = false;
  #takeOver: TakeOver | undefined;
  #errors: ErrorStream | undefined;

  constructor(request: ParsedRequest) {
    this.#request = request;
  }

  /** Whether this head stands for the application's taking over, and for no response. */
  isTakenBy(head: ResponseHead): boolean {
    // The application may fail after it: the run loop then answers with a head of its own, an error's.
    return this.#taken && head.code === 200;
  }

  /** The application, given `tsgi.upgrade` and what the request says of it. */
  app(app: App, environ: Environ): App {
    const { headers } = this.#request;
    // Connection belongs to the server (R38), except where the application is asked to take its place.
    environ.HTTP_CONNECTION = valuesOf(headers, 'connection');
    environ.HTTP_UPGRADE = valuesOf(headers, 'upgrade');
    return (given, startResponse) => {
      // Who called it is what counts: a status is the application's to choose, and may come from an upstream.
      const noted: StartResponse = (status, head, ...excInfo) => {
        const write = startResponse(status, head, ...excInfo);
        this.#taken = this.#calling;
        return write;
      };
      const upgrade: Upgrade = (_environ, passed, takeOver) => {
        if (originalStartResponse(passed) !== noted) throw replaced();
        // Through those that stand for it: they are watching.
        this.#calling = true;
        try {
          passed(UPGRADED, []);
        } finally {
          this.#calling = false;
        }
        if (!this.#taken) throw replaced();
        this.#takeOver = takeOver;
        this.#errors = environ['tsgi.errors'];
        return [];
      };
      given['tsgi.upgrade'] = upgrade;
      return app(given, noted);
    };
  }

  /** @param head bytes that came behind the request. */
  async handOver(socket: Socket, head: Buffer): Promise<void> {
    try {
      const taken = this.#takeOver?.(upgradeRequest(this.#request, socket), socket, head);
      socket.resume();
      await taken;
    } catch (error) {
      // R77: the application's fault, and none of the other connections'.
      socket.destroy();
      this.#log(error);
    }
  }

  #log(error: unknown): void {
    try {
      const { method, target } = this.#request;
      this.#errors?.write(`${logLine(`${method} ${target}`)}: ${describeError(error)}\n`);
    } catch {
      // As in core's run loop: a log that fails is nobody's to hear of.
    }
  }
}

function valuesOf(headers: readonly string[], name: string): string {
  return headers.filter((_value, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === name).join(', ');
}

function replaced(): TsgiError {
  return new TsgiError('tsgi.upgrade was called with a startResponse that a middleware replaced', {
    code: 'UPGRADE_REPLACED',
    side: 'app',
    rule: 'R91',
  });
}

/** Node's own class, for what is handed on to libraries that ask for it. */
function upgradeRequest({ method, target, headers }: ParsedRequest, socket: Socket): UpgradeRequest {
  const message = new (process.getBuiltinModule('node:http').IncomingMessage)(socket);
  message.method = method;
  message.url = target;
  message.httpVersion = '1.1';
  message.httpVersionMajor = 1;
  message.httpVersionMinor = 1;
  message.rawHeaders = headers;
  message.headers = joinedHeaders(headers);
  message.complete = true;
  message.push(null);
  return message;
}

/** By their names in lower case; repeated ones joined, cookies as Node does. */
function joinedHeaders(headers: readonly string[]): Record<string, string> {
  const all = Object.create(null) as Record<string, string>;
  for (let index = 0; index < headers.length; index += 2) {
    const name = (headers[index] as string).toLowerCase();
    const value = headers[index + 1] as string;
    all[name] = name in all ? `${all[name]}${name === 'cookie' ? '; ' : ', '}${value}` : value;
  }
  return all;
}
