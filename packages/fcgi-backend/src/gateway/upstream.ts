import { type Environ, TsgiAbortError, TsgiError } from '@tsgi/core';
import { type AnswerTimeouts, type ForwardedBody, gatewayError } from '@tsgi/core/forward';
import { Answer } from './answer.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { encodeRequestHead, STDIN_END } from '../codec/request-encoder.ts';
import { sendBody } from './send-body.ts';
import type { UpstreamConnection } from './upstream-connection.ts';

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
  async ask(environ: Environ, variables: readonly string[], body: ForwardedBody): Promise<Answer> {
    const requestHead = encodeRequestHead(variables, this.#pool.keeps);
    const connection = await this.#pool.acquire();
    const { reused } = connection;
    const sent = this.#send(connection, environ, requestHead, body);
    try {
      return await this.#begun(sent);
    } catch (error) {
      // The application may have closed the connection just before: it never saw the request then.
      if (!reused || !body.replayable || sent.answer.begun || !isAboutTheConnection(error)) throw error;
    }
    return this.#begun(this.#send(await this.#pool.acquireNew(), environ, requestHead, body));
  }

  #send(connection: UpstreamConnection, environ: Environ, requestHead: Buffer, body: ForwardedBody): Sent {
    const answer = new Answer(connection, environ['tsgi.errors'], this.#timeouts.idleTimeout);
    connection.begin(answer);
    const sent: Sent = { answer, deadline: this.#deadline(answer) };
    const signal = environ['tsgi.signal'];
    const onAbort = (): void => answer.fail(signal.reason ?? new TsgiAbortError('the client is gone'));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    if ((body.length ?? 0) === 0) {
      connection.bodySent();
      connection.send([requestHead, STDIN_END]);
    } else {
      connection.send([requestHead]);
      // Runs beside the answer: an application may begin to answer before it has read the whole body.
      sendBody(body, connection, () => sent.deadline?.refresh()).catch((error: unknown) => {
        // The client's body was cut short: what the application makes of the half must not pass for an answer.
        answer.fail(error);
      });
    }
    return sent;
  }

  #deadline(answer: Answer): NodeJS.Timeout {
    const { responseTimeout } = this.#timeouts;
    return setTimeout(() => {
      answer.fail(gatewayError('RESPONSE_TIMEOUT', 504, `no answer within ${responseTimeout} ms`));
    }, responseTimeout);
  }

  async #begun(sent: Sent): Promise<Answer> {
    const { answer } = sent;
    try {
      await answer.head();
      return answer;
    } finally {
      clearTimeout(sent.deadline);
      // To refresh a timer that was cleared would start it again.
      sent.deadline = undefined;
    }
  }
}

/** A request on its way; `deadline` is when the head of its answer is late. */
interface Sent {
  readonly answer: Answer;
  deadline: NodeJS.Timeout | undefined;
}

function isAboutTheConnection(error: unknown): boolean {
  return error instanceof TsgiError && (error.code === 'CONNECTION_LOST' || error.code === 'CANT_MPX_CONN');
}
