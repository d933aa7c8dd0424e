import { type Environ, TsgiError } from '@tsgi/core';
import { Deadline } from '@tsgi/core/clock';
import {
  type AnswerTimeouts,
  CgiAnswer,
  type ForwardedBody,
  gatewayError,
  isIdempotent,
  ProgramLog,
  sendBody,
} from '@tsgi/core/forward';
import { type Address, connectTo, type UpstreamSocket } from '@tsgi/transport';
import { encodeRequestHead } from '../codec/request-encoder.ts';
import { UpstreamConnection } from './upstream-connection.ts';

/**
 * What became of a request whose connection was lost before a byte of its answer:
 *
 * - `untouched`: no program ever accepted the connection.
 * - `closed`: a program did, and closed it without a fault of its own: it runs on, or has ended with exit code 0.
 * - `crashed`: a program did, and ended otherwise.
 */
export type Fate = 'untouched' | 'closed' | 'crashed';

/** A program that has this request and no other until it is given back. */
export interface TakenProgram {
  readonly address: Address;
  /** The request is over. @param said the program has said so itself; otherwise it may be at it still. */
  giveBack(said: boolean): void;
  /** It has been busy for too long: it is ended. Before it is given back. */
  end(): void;
  fate(): Promise<Fate>;
}

/** Programs that answer one request at a time, each at an address of its own. */
export interface ProgramSource {
  /**
   * Waits for a program that is free.
   *
   * @param environ of the request: a client that leaves waits no longer.
   * @throws TsgiError (503); the reason of `tsgi.signal`.
   */
  take(environ: Environ): Promise<TakenProgram>;
}

/** Milliseconds. */
export interface ProgramTimeouts extends AnswerTimeouts {
  /** From the beginning of a request to its end. */
  readonly busyTimeout: number;
}

/** The socket of a program is this machine's: what cannot connect there at once never will. */
const CONNECT_TIMEOUT = 3000;

/** The programs behind a gateway that starts them. */
export class ProgramUpstream {
  readonly #source: ProgramSource;
  readonly #timeouts: ProgramTimeouts;

  constructor(source: ProgramSource, timeouts: ProgramTimeouts) {
    this.#source = source;
    this.#timeouts = timeouts;
  }

  /**
   * Has a program answer the request, and waits for the head of its answer. One that no program has begun with is sent to
   * another; one that may have been begun once more, if its method is idempotent and the program did not die of it.
   *
   * @param variables names and values alternate.
   * @throws TsgiError (400, 502, 503, 504), or the reason of `tsgi.signal`.
   */
  async ask(environ: Environ, variables: readonly string[], body: ForwardedBody): Promise<CgiAnswer> {
    const requestHead = encodeRequestHead(variables, false, (body.length ?? 0) > 0);
    const begun = performance.now();
    let wasClosed = false;
    for (;;) {
      const sent = await this.#send(environ, requestHead, body, wasClosed);
      if (!('failure' in sent)) return sent;
      wasClosed ||= sent.fate === 'closed';
      // Programs may end faster than they can be started.
      if (performance.now() - begun > this.#timeouts.responseTimeout) throw sent.failure;
    }
  }

  /**
   * @param wasClosed on one that may have begun with it.
   * @returns the answer, with its head; or why it is to be sent again.
   */
  async #send(
    environ: Environ,
    requestHead: Buffer,
    body: ForwardedBody,
    wasClosed: boolean,
  ): Promise<CgiAnswer | { readonly failure: TsgiError; readonly fate: Fate }> {
    const { busyTimeout } = this.#timeouts;
    const program = await this.#source.take(environ);
    let socket: UpstreamSocket;
    try {
      socket = await connectTo(program.address, { timeout: CONNECT_TIMEOUT });
    } catch (error) {
      program.giveBack(false);
      if (error instanceof TsgiError && error.code !== 'NO_SOCKET') return { failure: error, fate: 'untouched' };
      throw error;
    }
    let said = false;
    const connection = new UpstreamConnection(socket, performance.now(), () => {
      said = true;
      connection.destroy();
    });
    const answer = new CgiAnswer(connection, environ, this.#timeouts);
    const tooLong = new Deadline(() => {
      program.end();
      answer.fail(gatewayError('BUSY_TIMEOUT', 504, `the program was busy with the request for ${busyTimeout} ms`));
    });
    tooLong.in(busyTimeout);
    socket.once('close', () => {
      tooLong.clear();
      program.giveBack(said);
    });
    const { length = 0 } = body;
    connection.begin(requestHead, length, false, { answer, log: new ProgramLog(environ['tsgi.errors']) });
    if (length > 0) sendBody(body, connection, answer);
    try {
      await answer.head();
      return answer;
    } catch (error) {
      if (!(error instanceof TsgiError) || error.code !== 'CONNECTION_LOST' || answer.begun) throw error;
      const fate = await program.fate();
      const mayRunTwice = fate === 'closed' && !wasClosed && isIdempotent(environ.REQUEST_METHOD);
      if (body.replayable && (fate === 'untouched' || mayRunTwice)) return { failure: error, fate };
      throw error;
    }
  }
}
