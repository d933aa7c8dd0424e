import { type Environ, onAbort } from '@tsgi/core';
import {
  type AnswerTimeouts,
  type Carrier,
  CgiAnswer,
  type ConnectTime,
  type ForwardedBody,
  isIdempotent,
  ProgramLog,
  sendBody,
  type SentRequest,
} from '@tsgi/core/forward';
import { encodeRequestHead } from '../codec/request-encoder.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

/** One request on its way to one of the applications behind a gateway. */
export class Forwarding implements Carrier<ConnectionPool> {
  readonly #environ: Environ;
  readonly #variables: readonly string[];
  readonly #body: ForwardedBody;
  readonly #timeouts: AnswerTimeouts;

  /** @param variables names and values alternate. */
  constructor(environ: Environ, variables: readonly string[], body: ForwardedBody, timeouts: AnswerTimeouts) {
    this.#environ = environ;
    this.#variables = variables;
    this.#body = body;
    this.#timeouts = timeouts;
  }

  async send(pool: ConnectionPool, time: ConnectTime, isNew: boolean): Promise<SentRequest> {
    const { length = 0 } = this.#body;
    const { keeps } = pool;
    const head = encodeRequestHead(this.#variables, keeps, length > 0);
    const connection = await this.#connection(pool, time, isNew);
    const { reused } = connection;
    const answer = new CgiAnswer(connection, this.#environ, this.#timeouts);
    connection.begin(head, length, keeps, { answer, log: new ProgramLog(this.#environ['tsgi.errors']) });
    if (length > 0) sendBody(this.#body, connection, answer);
    return { answer, reused };
  }

  wentOut(pool: ConnectionPool): void {
    pool.turnAway();
  }

  /**
   * What cannot be sent again goes over no connection whose end has come but was not read yet, as php-fpm's after
   * `pm.max_requests`.
   */
  async #connection(pool: ConnectionPool, time: ConnectTime, isNew: boolean): Promise<UpstreamConnection> {
    const environ = this.#environ;
    let left: { readonly reason: unknown } | undefined;
    onAbort(environ, (reason) => {
      left = { reason };
    });
    const isRepeatable = isIdempotent(environ.REQUEST_METHOD);
    const mayBeLost = isRepeatable && (this.#body.length ?? 0) === 0;
    for (;;) {
      const connection = await (isNew ? pool.acquireNew(environ, time) : pool.acquire(environ, time, mayBeLost));
      if (left !== undefined) {
        pool.put(connection);
        throw left.reason;
      }
      if (!connection.reused || isRepeatable) return connection;
      await new Promise(setImmediate);
      if (!connection.gone) return connection;
    }
  }
}
