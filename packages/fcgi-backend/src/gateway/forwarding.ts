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
import type { ConnectionPool } from './connection-pool.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

/** One request on its way to one of the applications behind a gateway. */
export class Forwarding implements Carrier<ConnectionPool> {
  readonly #environ: Environ;
  readonly #head: Buffer;
  readonly #body: ForwardedBody;
  readonly #timeouts: AnswerTimeouts;

  /** @param head the records before the body. */
  constructor(environ: Environ, head: Buffer, body: ForwardedBody, timeouts: AnswerTimeouts) {
    this.#environ = environ;
    this.#head = head;
    this.#body = body;
    this.#timeouts = timeouts;
  }

  async send(pool: ConnectionPool, time: ConnectTime, isNew: boolean): Promise<SentRequest> {
    const connection = await this.#connection(pool, time, isNew);
    const { reused } = connection;
    const answer = new CgiAnswer(connection, this.#environ, this.#timeouts);
    const { length = 0 } = this.#body;
    connection.begin(this.#head, length, { answer, log: new ProgramLog(this.#environ['tsgi.errors']) });
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
    for (;;) {
      const connection = await (isNew ? pool.acquireNew(environ, time) : pool.acquire(environ, time));
      if (left !== undefined) {
        pool.put(connection);
        throw left.reason;
      }
      if (!connection.reused || isIdempotent(environ.REQUEST_METHOD)) return connection;
      await new Promise(setImmediate);
      if (!connection.gone) return connection;
    }
  }
}
