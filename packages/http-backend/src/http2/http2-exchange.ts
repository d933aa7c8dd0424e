import type { ServerHttp2Stream } from 'node:http2';
import type { App, TsgiAbortError, TsgiError } from '@tsgi/core';
import { Exchange } from '@tsgi/core/server';
import type { EnvironFactory } from '../environ/environ-factory.ts';
import { expectsContinue } from '../http1/codec/request-head.ts';
import { Http2Body } from './http2-body.ts';
import { headOfStream } from './http2-request.ts';
import { Http2Response, type ResponseOwner } from './http2-response.ts';
import type { SharedConnection } from './http2-progress.ts';
import { STREAM_STATES, type StreamHappening, type StreamState } from './http2-states.ts';
import type { HttpServerContext } from '../server/server-context.ts';
import { internalError } from '../server/internal-error.ts';
import { NO_ERROR } from './http2-error-codes.ts';

/** What a stream's connection hears of it. */
export interface StreamOwner extends SharedConnection {
  /** The answer has ended, well or not. */
  answered(): void;
  /** It went before its answer had ended. */
  takenBack(): void;
  /** It is closed: nothing of it is on its way any more. */
  closed(exchange: Http2Exchange): void;
}

/** One stream: a request, its body, its answer. */
export class Http2Exchange implements ResponseOwner {
  readonly #stream: ServerHttp2Stream;
  readonly #owner: StreamOwner;
  readonly #context: HttpServerContext;
  readonly #response: Http2Response;
  /** Where the connection has it. */
  place = 0;
  #state: StreamState = 'running';
  /** While it is running: Node keeps a stream for longer than its request, and what it leads to. */
  #exchange: Exchange | undefined;
  #body: Http2Body | undefined;

  constructor(stream: ServerHttp2Stream, owner: StreamOwner, context: HttpServerContext) {
    this.#stream = stream;
    this.#owner = owner;
    this.#context = context;
    this.#response = new Http2Response(stream, context.traits.serverSoftware, context.limits.sendTimeout, owner, this);
    // Of a stream that is not read, a reset with NO_ERROR brings `aborted` and no `close`.
    stream.on('aborted', () => this.#on('loss'));
    stream.on('close', () => {
      this.#on('loss');
      owner.closed(this);
    });
  }

  run(app: App, environs: EnvironFactory, rawHeaders: readonly string[]): void {
    const stream = this.#stream;
    try {
      const environ = environs.make(headOfStream(rawHeaders, this.#context.limits));
      const { HTTP_EXPECT } = environ;
      const expectContinue = HTTP_EXPECT !== undefined && expectsContinue(HTTP_EXPECT);
      if (!stream.endAfterHeaders) {
        this.#body = new Http2Body(stream, environ, expectContinue, this.#response, this.#context);
      }
      const observer = this.#context.traits.observer?.begins(environ, environs.fromFrontEnd);
      this.#exchange = new Exchange(app, environ, this.#response, observer);
      this.#exchange.run();
    } catch (error) {
      this.#refuse(internalError(error, this.#context.traits.errors));
    }
  }

  abort(reason: TsgiAbortError): void {
    this.#exchange?.abort(reason);
  }

  ended(): void {
    this.#on('answer');
  }

  /** It has been open for some time: whoever reads slowly is to be told from whoever reads nothing. */
  watch(): void {
    this.#response.watch();
  }

  #on(happening: StreamHappening): void {
    const before = this.#state;
    const state = STREAM_STATES[before][happening];
    if (state === undefined) return;
    this.#state = state;
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (state === 'answered') {
      this.#owner.answered();
      this.#body?.discard();
    } else {
      this.#response.close();
      this.#body?.close();
      this.#body = undefined;
      if (before !== 'running') return;
      exchange?.abort();
      this.#owner.takenBack();
    }
  }

  #refuse(error: TsgiError): void {
    const stream = this.#stream;
    this.#context.traits.observer?.refused(error.code, error.statusHint, stream.session?.socket.remoteAddress);
    // What comes of a refused body is not read; RFC 9113 §8.1 has it taken back without an error.
    if (!stream.endAfterHeaders) stream.once('finish', () => stream.close(NO_ERROR));
    this.#response.refuse(error);
    stream.resume();
  }
}
