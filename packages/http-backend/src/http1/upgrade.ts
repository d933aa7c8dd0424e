import type { Duplex } from 'node:stream';
import { type App, type Body, type Environ, type ErrorStream, type StartResponse, TsgiError } from '@tsgi/core';
import { originalStartResponse } from '@tsgi/core/server';
import type { ParsedRequest } from './codec/request-parser.ts';

/** The request that asked for another protocol, in the shape that Node's `upgrade` listeners know. */
export interface UpgradeRequest {
  readonly method: string;
  readonly url: string;
  readonly httpVersion: '1.1';
  /** Lower-case names; repeated ones joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly socket: Duplex;
}

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

/** The status of a response that is not sent; no application's, for it is compared as a whole. */
export const UPGRADED = '200 The connection speaks another protocol';

/** One request's chance of going on in another protocol. */
export class UpgradeOffer {
  readonly #request: ParsedRequest;
  #takeOver: TakeOver | undefined;
  #errors: ErrorStream | undefined;

  constructor(request: ParsedRequest) {
    this.#request = request;
  }

  /** The application, given `tsgi.upgrade` and what the request says of it. */
  app(app: App, environ: Environ): App {
    const { headers } = this.#request;
    // Connection belongs to the server (R38), except where the application is asked to take its place.
    environ.HTTP_CONNECTION = joined(headers, 'connection');
    environ.HTTP_UPGRADE = joined(headers, 'upgrade');
    return (given, startResponse) => {
      const upgrade: Upgrade = (_environ, passed, takeOver) => {
        if (originalStartResponse(passed) !== startResponse) {
          throw new TsgiError('tsgi.upgrade was called with a startResponse that a middleware replaced', {
            code: 'UPGRADE_REPLACED',
            side: 'app',
            rule: 'R91',
          });
        }
        // Through those that stand for it: they are watching.
        passed(UPGRADED, []);
        this.#takeOver = takeOver;
        this.#errors = environ['tsgi.errors'];
        return [];
      };
      given['tsgi.upgrade'] = upgrade;
      return app(given, startResponse);
    };
  }

  /** @param head bytes that came behind the request. */
  async handOver(socket: Duplex, head: Buffer): Promise<void> {
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
      const found = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#errors?.write(`${method} ${target}: ${found}\n`);
    } catch {
      // As in core's run loop: a log that fails is nobody's to hear of.
    }
  }
}

function joined(headers: readonly string[], name: string): string {
  return headers.filter((_value, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === name).join(', ');
}

function upgradeRequest(request: ParsedRequest, socket: Duplex): UpgradeRequest {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let index = 0; index < request.headers.length; index += 2) {
    const name = (request.headers[index] as string).toLowerCase();
    const value = request.headers[index + 1] as string;
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return { method: request.method, url: request.target, httpVersion: '1.1', headers, socket };
}
