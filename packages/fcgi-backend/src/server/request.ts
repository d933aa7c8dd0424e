import { type App, type Bytes, type Environ, type ErrorStream, type TsgiAbortError, TsgiError } from '@tsgi/core';
import { cgiHeadText, cgiRefusal, declaredLength, environFromVariables } from '@tsgi/core/cgi';
import { Deadline } from '@tsgi/core/clock';
import { Exchange, logLines, type ResponseHead, type ResponseWriter } from '@tsgi/core/server';
import { IncomingBody } from '@tsgi/transport';
import { OVERLOADED, type Role, STDERR } from '../codec/protocol.ts';
import {
  encodeEndRequest,
  encodeReply,
  encodeReplyEnd,
  encodeStderr,
  encodeStreamEnd,
  type ReplyEnd,
} from '../codec/record-encoder.ts';
import type { ConnectionState, RequestEvent, RequestPhase } from './connection-state.ts';
import type { ServerSettings } from './settings.ts';

/** What a request needs of its connection. */
export interface RequestOwner {
  readonly app: App;
  readonly settings: ServerSettings;
  readonly state: ConnectionState;
  /** Bytes that wait to be sent. */
  readonly backlog: number;
  /** @returns false when the wire wants a pause. */
  send(pieces: readonly Uint8Array[]): boolean;
  onDrain(callback: () => void): void;
  onSent(callback: (unsent: number) => void): void;
  /** For whoever watches the server. */
  refused(reason: string, status: number): void;
  /** A body is waited for, or has room. */
  readonly wanted: () => void;
  /** PARAMS of a request did not come in time. */
  late(request: ServerRequest): void;
  /** END_REQUEST was sent. */
  ended(request: ServerRequest): void;
  /**
   * The reply broke off after its head: breaks the connection off, the one thing that every web server takes for a
   * failure (R77).
   *
   * @returns false when other requests need the connection: then END_REQUEST has to tell.
   */
  breakOff(request: ServerRequest): boolean;
}

/** How long an application may go on after an abort before END_REQUEST is sent without it. */
const ABORT_GRACE = 5000;
/** Error text that a web server does not read goes elsewhere from here on. */
const STDERR_BACKLOG = 1_048_576;

const DIGITS = /^\d{1,15}$/;

/**
 * One request, from its variables to END_REQUEST: its environ, its bodies, and the writer of its reply, STDOUT and STDERR.
 * What it may do when is `ConnectionState`'s to say.
 */
export class ServerRequest implements ResponseWriter {
  readonly id: number;
  readonly role: Role;
  readonly keepConnection: boolean;
  phase: RequestPhase = 'coming';
  /** All its streams have ended: nothing more of it is on its way. */
  inputEnded = false;
  stdin: IncomingBody | undefined;
  data: IncomingBody | undefined;
  readonly #owner: RequestOwner;
  #variables: readonly string[] = [];
  #exchange: Exchange | undefined;
  #usedStderr = false;
  #deadline: Deadline | undefined;

  constructor(owner: RequestOwner, id: number, role: Role, keepConnection: boolean) {
    this.#owner = owner;
    this.id = id;
    this.role = role;
    this.keepConnection = keepConnection;
  }

  /** Bytes of its bodies that its application did not want yet. */
  get excess(): number {
    return (this.stdin?.excess ?? 0) + (this.data?.excess ?? 0);
  }

  /** A read has ended, and PARAMS have not: from here on they can be late. */
  awaitParams(): void {
    if (this.phase !== 'coming') return;
    this.#deadline = new Deadline(() => this.#owner.late(this));
    this.#deadline.in(this.#owner.settings.limits.headersTimeout);
  }

  /** PARAMS have ended. */
  complete(variables: readonly string[]): void {
    if (!this.#on('complete')) return;
    this.#deadline?.clear();
    this.#variables = variables;
  }

  /**
   * Calls the application.
   *
   * @param stdinEnded STDIN was empty: most requests have no body, and need nothing to carry one.
   */
  call(stdinEnded: boolean): void {
    const { app, settings, state } = this.#owner;
    if (this.phase !== 'ready') return;
    if (state.isFull) {
      this.#owner.refused('OVERLOADED', 0);
      this.#end([encodeEndRequest(this.id, 0, OVERLOADED)], 'replied', true);
      return;
    }
    let environ: Environ;
    try {
      environ = this.#environ(stdinEnded);
    } catch (error) {
      if (!(error instanceof TsgiError)) throw error;
      return this.refuse(error);
    }
    this.#on('called');
    this.#exchange = new Exchange(app, environ, this, settings.traits.observer?.begins(environ, true));
    this.#exchange.run();
  }

  /** @throws TsgiError (400, 413) for a request that the application never sees. */
  #environ(stdinEnded: boolean): Environ {
    const { settings, state, wanted } = this.#owner;
    const environ = environFromVariables(this.#variables, settings.traits, { minusOneIsUnknown: true });
    this.#variables = [];
    environ['tsgi.fcgi_role'] = this.role;
    if (settings.stderr) environ['tsgi.errors'] = new StderrStream(this);
    // Section 6.3: an authorizer is told of no body, and some web servers then send no STDIN at all (mod_authnz_fcgi).
    if (this.role === 'AUTHORIZER') {
      delete environ.CONTENT_LENGTH;
      return environ;
    }
    const expected = declaredLength(environ);
    if (!stdinEnded || (expected ?? 0) > 0) {
      this.stdin = new IncomingBody(expected, settings.limits, state, wanted);
      environ['tsgi.input'] = this.stdin.body.input;
      if (stdinEnded) this.stdin.end();
    }
    if (this.role === 'FILTER') {
      this.data = new IncomingBody(dataLength(environ), settings.limits, state, wanted);
      environ['tsgi.fcgi_data'] = this.data.body.input;
    }
    return environ;
  }

  /** Answers a request that the application never sees. */
  refuse(error: TsgiError): void {
    this.#owner.settings.log(`request refused: ${error.message}`);
    this.#owner.refused(error.code, error.statusHint);
    this.#end(encodeReply(this.id, cgiRefusal(error), undefined, this.#replyEnd(0)), 'replied', true);
  }

  /** ABORT_REQUEST: the application is told, and END_REQUEST is sent when it has stopped (R96). */
  abandon(reason: TsgiAbortError): void {
    if (this.#exchange === undefined) {
      this.#end([encodeReplyEnd(this.id, this.#replyEnd(0))], 'abort', true);
      return;
    }
    if (!this.#on('abort')) return;
    this.#deadline = new Deadline(() => this.finished());
    this.#deadline.in(ABORT_GRACE);
    this.#stop(reason);
  }

  /** It cannot be carried on: ends it at once, without waiting for the application. */
  overload(reason: TsgiAbortError): void {
    if (this.phase === 'running') this.#end([encodeEndRequest(this.id, 0, OVERLOADED)], 'replied', true);
    else if (this.phase === 'answering') this.#end([encodeReplyEnd(this.id, this.#replyEnd(1))], 'replied', true);
    else return;
    this.#owner.refused(reason.code, 0);
    this.#stop(reason);
  }

  /** The connection is gone: nothing can be sent any more. */
  drop(reason: TsgiAbortError): void {
    if (!this.#on('dropped')) return;
    this.#deadline?.clear();
    this.#stop(reason);
  }

  /** No more of the request will come; what has come can still be answered. */
  cutInput(): void {
    this.stdin?.cut();
    this.data?.cut();
  }

  writeError(text: string): void {
    const { settings, backlog } = this.#owner;
    const canSend = this.phase === 'running' || this.phase === 'answering';
    if (!canSend || backlog > STDERR_BACKLOG) settings.log(text.trimEnd());
    else {
      this.#usedStderr = true;
      this.#owner.send([encodeStderr(this.id, text)]);
    }
  }

  get keepsConnection(): boolean {
    return this.keepConnection && !this.#owner.state.isWorn;
  }

  get settled(): boolean {
    return this.#owner.backlog === 0;
  }

  writeHead(head: ResponseHead, chunk: Bytes | undefined, end: boolean): boolean {
    const text = cgiHeadText(head);
    if (end) return this.#end(encodeReply(this.id, text, chunk, this.#replyEnd(0)), 'replied');
    this.#on('answered');
    return this.#owner.send(encodeReply(this.id, text, chunk));
  }

  write(chunk: Bytes): boolean {
    return this.#owner.send(encodeReply(this.id, '', chunk));
  }

  end(): void {
    this.#end([encodeReplyEnd(this.id, this.#replyEnd(0))], 'replied');
  }

  abort(): void {
    // A stream that was begun is ended (specification §3.3): HAProxy 2.6 crashes where a connection ends without that.
    if (this.#usedStderr) this.#owner.send([encodeStreamEnd(STDERR, this.id)]);
    this.#usedStderr = false;
    if (!this.#owner.breakOff(this)) this.#end([encodeReplyEnd(this.id, this.#replyEnd(1))], 'replied');
  }

  onDrain(callback: () => void): void {
    this.#owner.onDrain(callback);
  }

  onSent(callback: (unsent: number) => void): void {
    this.#owner.onSent(callback);
  }

  /** The application has stopped. What was not aborted has ended before. */
  finished(): void {
    const appStatus = this.phase === 'cut' ? 1 : 0;
    if (this.phase === 'cut' || this.phase === 'aborted') {
      this.#end([encodeReplyEnd(this.id, this.#replyEnd(appStatus))], 'stopped', true);
    }
  }

  #replyEnd(appStatus: number): ReplyEnd {
    return { usedStderr: this.#usedStderr, appStatus };
  }

  #on(event: RequestEvent): boolean {
    return this.#owner.state.onRequest(this, event);
  }

  /** @param owed no application gave this reply. */
  #end(pieces: readonly Uint8Array[], event: 'replied' | 'abort' | 'stopped', owed = false): boolean {
    const owner = this.#owner;
    if (!this.#on(event)) return true;
    this.#deadline?.clear();
    const accepts = owner.send(pieces);
    if (owed) for (const piece of pieces) owner.state.owe(piece.byteLength, owner.backlog);
    this.stdin?.discard();
    this.data?.discard();
    owner.ended(this);
    return accepts;
  }

  #stop(reason: TsgiAbortError): void {
    this.#exchange?.abort(reason);
    this.stdin?.fail(reason);
    this.data?.fail(reason);
  }
}

function dataLength(environ: Environ): number | undefined {
  const length = environ.FCGI_DATA_LENGTH;
  if (length === undefined) return undefined;
  if (typeof length === 'string' && DIGITS.test(length)) return Number(length);
  throw new TsgiError(`FCGI_DATA_LENGTH ${JSON.stringify(length)}: expected decimal digits`, {
    code: 'BAD_DATA_LENGTH',
    side: 'peer',
    rule: 'R95',
  });
}

/** `tsgi.errors` of one request: its text goes to the web server's log as FCGI_STDERR (R55). */
class StderrStream implements ErrorStream {
  readonly #request: ServerRequest;
  #carriageReturn = '';

  constructor(request: ServerRequest) {
    this.#request = request;
  }

  write(text: string): void {
    if (typeof text !== 'string') throw new TypeError(`R55: tsgi.errors takes text, found ${typeof text}`);
    const whole = this.#carriageReturn + text.toWellFormed();
    // Its line feed may come with the next text: CRLF is one end of a line.
    this.#carriageReturn = whole.endsWith('\r') ? '\r' : '';
    const ready = this.#carriageReturn === '' ? whole : whole.slice(0, -1);
    if (ready !== '') this.#request.writeError(logLines(ready));
  }

  writelines(texts: Iterable<string>): void {
    for (const text of texts) this.write(text);
  }

  flush(): void {
    // Each write is a record of its own already.
  }
}
