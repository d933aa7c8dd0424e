import { TsgiError } from '@tsgi/core';
import { type AnswerTimeouts, CgiAnswer, gatewayError } from '@tsgi/core/forward';
import type { UpstreamSocket } from '@tsgi/transport';

/** What an answer is held to. */
export interface AnswerSettings extends AnswerTimeouts {
  /** The connection can be reset: a UNIX socket can only be closed. */
  readonly overTcp: boolean;
}

/** A server's answer. Owns the socket: it is closed at the body's end, by `close`, and when the client goes. */
export class Answer extends CgiAnswer {
  readonly #socket: UpstreamSocket;
  #requestSent = false;

  constructor(socket: UpstreamSocket, signal: AbortSignal, settings: AnswerSettings) {
    // What fails on the socket is told by the iterator; without a listener it would end the process.
    socket.on('error', () => {});
    super(socket.iterator({ destroyOnReturn: false }), () => socket.destroy(), signal, settings);
    this.#socket = socket;
    if (settings.overTcp) socket.once('end', () => this.#noteReset());
  }

  /** The server has the whole request: nothing is under way that could meet a closed socket. */
  requestSent(): void {
    this.#requestSent = true;
  }

  protected override readError(cause: unknown): TsgiError {
    const why = cause instanceof Error ? cause.message : String(cause);
    return gatewayError('CONNECTION_FAILED', 502, `the connection failed: ${why}`, cause);
  }

  protected override async finish(missing: number | undefined): Promise<void> {
    this.close();
    // An answer without a length that ends within the request may be whole, or broken off: nobody can tell.
    if (missing === undefined && !this.#socket.refused) return;
    const where = missing === undefined ? 'within the request' : `${missing} bytes short of its Content-Length`;
    throw new TsgiError(`the answer ended ${where}`, {
      code: 'ANSWER_TRUNCATED',
      side: 'peer',
      statusHint: 502,
      rule: 'R81',
    });
  }

  protected override release(): void {
    this.#socket.destroy();
  }

  /**
   * libuv takes a reset that comes together with the last bytes for an end. A socket that was reset has no peer any more,
   * one that was closed has; what we ourselves sent to a closed one is what resets it, too.
   */
  #noteReset(): void {
    if (!this.#requestSent || this.#socket.remoteAddress !== undefined) return;
    this.fail(gatewayError('CONNECTION_FAILED', 502, 'the server reset the connection'));
  }
}
