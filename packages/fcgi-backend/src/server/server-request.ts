import type { App, Bytes, Environ, TsgiAbortError, TsgiError } from '@tsgi/core';
import { cgiHeadText, cgiRefusal } from '@tsgi/core/cgi';
import { Exchange, type ResponseHead, type ResponseWriter } from '@tsgi/core/server';
import type { IncomingStream } from './incoming-stream.ts';
import { OVERLOADED, STDERR } from '../codec/protocol.ts';
import { encodeEndRequest, encodeStream, encodeStreamEnd } from '../codec/record-encoder.ts';
import { encodeReply, encodeReplyEnd, type ReplyEnd } from '../codec/reply-encoder.ts';
import type { Role } from '../codec/roles.ts';

/** What a request needs of its connection. */
export interface RequestOwner {
  /** Bytes that wait to be sent. */
  readonly backlog: number;
  /** @returns false when the wire wants a pause. */
  send(pieces: readonly Uint8Array[]): boolean;
  onDrain(callback: () => void): void;
  /** END_REQUEST was sent. */
  ended(request: ServerRequest): void;
  /**
   * The reply broke off after its head: breaks the connection off, the one thing that every web server takes for a
   * failure (R77).
   *
   * @returns false when other requests need the connection: then END_REQUEST has to tell.
   */
  fail(request: ServerRequest): boolean;
  log(line: string): void;
}

/** How long an application may go on after an abort before END_REQUEST is sent without it. */
const ABORT_GRACE = 5000;
/** Error text that a web server does not read goes elsewhere from here on. */
const STDERR_BACKLOG = 1_048_576;

/** One request on a connection, and the writer of its reply: STDOUT, STDERR, and exactly one END_REQUEST (R96). */
export class ServerRequest implements ResponseWriter {
  readonly id: number;
  readonly role: Role;
  readonly keepConnection: boolean;
  /** `params`: they are still coming. `ready`: the application is about to be called. */
  stage: 'params' | 'ready' | 'running' = 'params';
  /** All its streams have ended: nothing more of it is on its way. */
  inputEnded = false;
  stdin: IncomingStream | undefined;
  data: IncomingStream | undefined;
  readonly #owner: RequestOwner;
  #exchange: Exchange | undefined;
  #state: 'open' | 'aborted' | 'ended' = 'open';
  #headSent = false;
  #usedStderr = false;
  #grace: NodeJS.Timeout | undefined;

  constructor(owner: RequestOwner, id: number, role: Role, keepConnection: boolean) {
    this.#owner = owner;
    this.id = id;
    this.role = role;
    this.keepConnection = keepConnection;
  }

  run(app: App, environ: Environ): void {
    this.#exchange = new Exchange(app, environ, this);
    this.#exchange.run();
  }

  /** Answers a request that the application never sees. */
  refuse(error: TsgiError): void {
    this.#owner.log(`request refused: ${error.message}`);
    this.#end(encodeReply(this.id, cgiRefusal(error), undefined, this.#replyEnd(0)));
  }

  /** ABORT_REQUEST: the application is told, and END_REQUEST is sent when it has stopped (R96). */
  abandon(reason: TsgiAbortError): void {
    if (this.#state !== 'open') return;
    this.#state = 'aborted';
    if (this.#exchange === undefined) {
      this.#endAborted();
      return;
    }
    this.#grace = setTimeout(() => this.#endAborted(), ABORT_GRACE);
    this.#stop(reason);
  }

  /** It cannot be carried on: ends it at once, without waiting for the application. */
  overload(reason: TsgiAbortError): void {
    if (this.#state !== 'open') return;
    this.#state = 'aborted';
    if (this.#headSent) this.#endAborted();
    else this.#end([encodeEndRequest(this.id, 0, OVERLOADED)]);
    this.#stop(reason);
  }

  /** The connection is gone: nothing can be sent any more. */
  drop(reason: TsgiAbortError): void {
    clearTimeout(this.#grace);
    this.#state = 'ended';
    this.#stop(reason);
  }

  /** No more of the request will come; what has come can still be answered. */
  cutInput(): void {
    this.stdin?.cut();
    this.data?.cut();
  }

  writeError(text: string): void {
    if (this.#state !== 'open' || this.#owner.backlog > STDERR_BACKLOG) this.#owner.log(text.trimEnd());
    else {
      this.#usedStderr = true;
      this.#owner.send(encodeStream(STDERR, this.id, Buffer.from(text)));
    }
  }

  get settled(): boolean {
    return this.#owner.backlog === 0;
  }

  writeHead(head: ResponseHead, chunk: Bytes | undefined, end: boolean): boolean {
    this.#headSent = true;
    const text = cgiHeadText(head);
    if (end) return this.#end(encodeReply(this.id, text, chunk, this.#replyEnd(0)));
    return this.#owner.send(encodeReply(this.id, text, chunk));
  }

  write(chunk: Bytes): boolean {
    return this.#owner.send(encodeReply(this.id, '', chunk));
  }

  end(): void {
    this.#end([encodeReplyEnd(this.id, this.#replyEnd(0))]);
  }

  abort(): void {
    // A stream that was begun is ended (specification §3.3): HAProxy 2.6 crashes where a connection ends without that.
    if (this.#usedStderr) this.#owner.send([encodeStreamEnd(STDERR, this.id)]);
    if (this.#owner.fail(this)) return;
    this.#usedStderr = false;
    this.#end([encodeReplyEnd(this.id, this.#replyEnd(1))]);
  }

  onDrain(callback: () => void): void {
    this.#owner.onDrain(callback);
  }

  finished(): void {
    this.#endAborted();
  }

  #endAborted(): void {
    if (this.#state !== 'aborted') return;
    clearTimeout(this.#grace);
    this.#end([encodeReplyEnd(this.id, this.#replyEnd(this.#headSent ? 1 : 0))]);
  }

  #replyEnd(appStatus: number): ReplyEnd {
    return { usedStderr: this.#usedStderr, appStatus };
  }

  #end(pieces: readonly Uint8Array[]): boolean {
    this.#state = 'ended';
    const accepts = this.#owner.send(pieces);
    this.stdin?.discard();
    this.data?.discard();
    this.#owner.ended(this);
    return accepts;
  }

  #stop(reason: TsgiAbortError): void {
    this.#exchange?.abort(reason);
    this.stdin?.fail(reason);
    this.data?.fail(reason);
  }
}
