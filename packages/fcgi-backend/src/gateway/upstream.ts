import { type Environ, onAbort, TsgiError } from '@tsgi/core';
import { type AnswerTimeouts, CgiAnswer, type ForwardedBody, ProgramLog, pumpBody } from '@tsgi/core/forward';
import type { ConnectionPool } from './connection-pool.ts';
import { encodeRequestHead } from '../codec/request-encoder.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

/** Methods that may be sent again although the first time may have had its effect (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** The application behind a gateway. */
export class Upstream {
  readonly #pool: ConnectionPool;
  readonly #timeouts: AnswerTimeouts;

  constructor(pool: ConnectionPool, timeouts: AnswerTimeouts) {
    this.#pool = pool;
    this.#timeouts = timeouts;
  }

  /**
   * Sends a request and waits for the head of its answer.
   *
   * @param variables names and values alternate.
   * @throws TsgiError (400, 502, 503, 504), or the reason of `tsgi.signal`.
   */
  async ask(environ: Environ, variables: readonly string[], body: ForwardedBody): Promise<CgiAnswer> {
    try {
      return await this.#ask(environ, encodeRequestHead(variables, this.#pool.keeps, (body.length ?? 0) > 0), body);
    } catch (error) {
      body.release();
      throw error;
    }
  }

  async #ask(environ: Environ, requestHead: Buffer, body: ForwardedBody): Promise<CgiAnswer> {
    const isIdempotent = IDEMPOTENT.has(environ.REQUEST_METHOD);
    const connection = await this.#connection(environ, isIdempotent);
    const { reused } = connection;
    const answer = this.#send(connection, environ, requestHead, body);
    try {
      await answer.head();
      return answer;
    } catch (error) {
      // The application may have closed the connection just before, and never have seen the request.
      const mayRepeat = isRejected(error) || (isIdempotent && isLost(error));
      if (!reused || !body.replayable || answer.begun || !mayRepeat) throw error;
    }
    const again = await this.#pool.acquireNew(environ);
    const second = this.#send(again, environ, requestHead, body);
    await second.head();
    return second;
  }

  /**
   * What cannot be sent again goes over no connection whose end has come but was not read yet, as php-fpm's after
   * `pm.max_requests`.
   */
  async #connection(environ: Environ, isIdempotent: boolean): Promise<UpstreamConnection> {
    let left: { readonly reason: unknown } | undefined;
    onAbort(environ, (reason) => {
      left = { reason };
    });
    for (;;) {
      const connection = await this.#pool.acquire(environ);
      if (left !== undefined) {
        this.#pool.put(connection);
        throw left.reason;
      }
      if (isIdempotent || !connection.reused) return connection;
      await new Promise(setImmediate);
      if (!connection.gone) return connection;
    }
  }

  #send(connection: UpstreamConnection, environ: Environ, requestHead: Buffer, body: ForwardedBody): CgiAnswer {
    const answer = new CgiAnswer(connection, environ, this.#timeouts);
    const { length = 0 } = body;
    connection.begin(requestHead, length, { answer, log: new ProgramLog(environ['tsgi.errors']) });
    if (length === 0) body.release();
    else {
      pumpBody(body, connection, () => answer.requestProgressed()).catch((error: unknown) => {
        // The client's body was cut short: what an application makes of the half must not pass for an answer.
        answer.fail(error);
      });
    }
    return answer;
  }
}

/** It was sent back unread: surely not begun. */
function isRejected(error: unknown): boolean {
  return error instanceof TsgiError && error.code === 'CANT_MPX_CONN';
}

function isLost(error: unknown): boolean {
  return error instanceof TsgiError && error.code === 'CONNECTION_LOST';
}
