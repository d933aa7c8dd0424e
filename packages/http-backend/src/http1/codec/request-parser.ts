import { ChunkedBody } from './chunked-body.ts';
import { asksForUpgrade, persists } from '../connection-options.ts';
import { type Framing, requestFraming } from './framing.ts';
import { readHeaders } from './header-spans.ts';
import { latin1 } from './latin1.ts';
import type { HeadLimits } from '../../server/limits.ts';
import { found, RequestMachine } from './llhttp.ts';
import { requestError } from './request-error.ts';
import { parseRequestLine, type RequestLine } from './request-line.ts';

/** A request whose head has arrived. */
export interface ParsedRequest extends Omit<RequestLine, 'plain'>, Framing {
  readonly type: 'request';
  /** Names and values, alternating: byte strings in wire order, without white space around them. */
  headers: string[];
  /** The client wants to keep the connection, by its version and its Connection header. */
  keepAlive: boolean;
  /** The client would go on in another protocol (RFC 9110 §7.8); only for a request that could. */
  upgrade: boolean;
}

/** The body is over; empty trailers for all but a chunked one. */
export interface EndOfBody {
  readonly type: 'end';
  /** Names and values, alternating. */
  trailers: readonly string[];
}

/** What the parser gives: a request, then the bytes of its body if it has one, then its end if it has one. */
export type RequestEvent = ParsedRequest | Buffer | EndOfBody;

const NOTHING = Buffer.alloc(0);
const END: EndOfBody = { type: 'end', trailers: [] };
/** Most heads fit; what does not is looked at again, whole. Pipelined requests would be copied again and again without it. */
const WINDOW = 2_048;
const CR = 0x0d;
const LF = 0x0a;
/** What llhttp is shown in place of a request line that it would not judge (see `RequestLine.plain`). */
const STAND_IN_1_0 = Buffer.from('POST / HTTP/1.0\r\n');
const STAND_IN_1_1 = Buffer.from('POST / HTTP/1.1\r\n');

/**
 * The HTTP/1 codec: bytes in, events out, no I/O. It parses nothing ahead: what follows a request stays bytes until it
 * is asked for, so that pipelined requests cost only their bytes, and an error in one of them does not reach the
 * request before it.
 *
 * llhttp decides what a head and a chunk are. It is given whole heads; bodies of a known length are only counted.
 */
export class RequestParser {
  readonly #limits: HeadLimits;
  #bytes: Buffer = NOTHING;
  #offset = 0;
  #borrowed = false;
  /** Received after `#bytes`, and joined to them when they are looked at: not once a packet. */
  #later: Buffer[] = [];
  #laterLength = 0;
  /** Bytes of `#bytes` that were looked at and hold no end of a head. */
  #examined = 0;
  /** Bytes of the body that are still to come, if its length is known. */
  #remaining = 0;
  #endDue = false;
  #chunked: ChunkedBody | undefined;
  #emptyLines = 0;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  /** Bytes that were received and are not part of an event yet. */
  get pending(): number {
    return this.#bytes.length - this.#offset + this.#laterLength;
  }

  /** The method of a request that `next` refused, as far as it can be known. */
  get refusedMethod(): string {
    const start = latin1(this.#bytes, this.#offset, Math.min(this.#bytes.length, this.#offset + WINDOW));
    return start.slice(0, Math.max(0, start.indexOf(' ')));
  }

  /** @param owned whether the bytes stay as they are; if not, `keep` must be called before they change. */
  receive(bytes: Buffer, owned: boolean): void {
    if (this.#bytes === NOTHING) {
      this.#bytes = bytes;
      this.#borrowed = !owned;
    } else {
      this.#later.push(owned ? bytes : Buffer.from(bytes));
      this.#laterLength += bytes.length;
    }
  }

  /** Copies what was received and is not used up: it belongs to somebody else from now on. */
  keep(): void {
    if (!this.#borrowed) return;
    this.#borrowed = false;
    if (this.#bytes !== NOTHING) {
      this.#bytes = Buffer.from(this.#bytes.subarray(this.#offset));
      this.#offset = 0;
    }
  }

  /**
   * The next event; `undefined` when that takes more bytes.
   *
   * @throws TsgiError of side 'peer', with the status that says why. Nothing more may be asked after it.
   */
  next(): RequestEvent | undefined {
    if (this.#remaining > 0) return this.#fixedBody();
    if (this.#endDue) {
      this.#endDue = false;
      return END;
    }
    if (this.#laterLength > 0) this.#join();
    if (this.#chunked !== undefined) return this.#chunkedBody(this.#chunked);
    return this.#head();
  }

  /** Takes what is pending, for whoever speaks on after HTTP (an upgrade). */
  takePending(): Buffer {
    if (this.#laterLength > 0) this.#join();
    return this.#take(this.pending);
  }

  /** Gives back what it holds; nothing may be asked after it. */
  release(): void {
    this.#chunked?.release();
    this.#chunked = undefined;
    this.#bytes = NOTHING;
    this.#offset = 0;
    this.#later = [];
    this.#laterLength = 0;
  }

  #join(): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#offset), ...this.#later]);
    this.#offset = 0;
    this.#later = [];
    this.#laterLength = 0;
    this.#borrowed = false;
  }

  #take(length: number): Buffer {
    const end = this.#offset + length;
    const taken =
      this.#offset === 0 && end === this.#bytes.length ? this.#bytes : this.#bytes.subarray(this.#offset, end);
    if (end === this.#bytes.length) {
      // The last reference: an idle connection must not hold the packet that its last request came in.
      this.#bytes = this.#laterLength === 0 ? NOTHING : (this.#later.shift() ?? NOTHING);
      this.#laterLength -= this.#bytes.length;
      this.#offset = 0;
      this.#borrowed = false;
    } else this.#offset = end;
    return taken;
  }

  #fixedBody(): RequestEvent | undefined {
    if (this.pending === 0) return undefined;
    const borrowed = this.#borrowed;
    const taken = this.#take(Math.min(this.#bytes.length - this.#offset, this.#remaining));
    const chunk = borrowed ? Buffer.from(taken) : taken;
    this.#remaining -= chunk.length;
    // The end is due next, and nothing marks it on the wire.
    if (this.#remaining === 0) this.#endDue = true;
    return chunk;
  }

  #chunkedBody(body: ChunkedBody): RequestEvent | undefined {
    const queued = body.shift();
    if (queued !== undefined) return queued;
    if (!body.ended && this.pending > 0) {
      const bytes = this.#offset === 0 ? this.#bytes : this.#bytes.subarray(this.#offset);
      this.#offset += body.read(bytes, !this.#borrowed);
      if (this.#offset === this.#bytes.length) this.#take(0);
      const chunk = body.shift();
      if (chunk !== undefined) return chunk;
    }
    if (!body.ended) return undefined;
    const trailers = body.trailers;
    body.release();
    this.#chunked = undefined;
    return trailers.length === 0 ? END : { type: 'end', trailers };
  }

  #head(): RequestEvent | undefined {
    if (!this.#skipEmptyLines()) return undefined;
    const { headSize } = this.#limits;
    let text = latin1(this.#bytes, this.#offset, Math.min(this.#bytes.length, this.#offset + WINDOW));
    let end = text.indexOf('\r\n\r\n');
    if (end === -1 && this.pending > WINDOW) {
      text = latin1(this.#bytes, this.#offset, Math.min(this.#bytes.length, this.#offset + headSize));
      end = text.indexOf('\r\n\r\n');
    }
    if (end === -1) {
      this.#examine(text);
      return undefined;
    }
    return this.#request(text, end + 4);
  }

  /** RFC 9112 §2.2: an empty line before a request is skipped. Bounded, for it is also a way to keep a server busy. */
  #skipEmptyLines(): boolean {
    while (this.pending > 0 && this.#bytes[this.#offset] === CR) {
      if (this.pending === 1) return false;
      if (this.#bytes[this.#offset + 1] !== LF) throw requestError('a CR without LF stands before the request line');
      if (++this.#emptyLines > 8) throw requestError('too many empty lines stand before the request line');
      this.#take(2);
    }
    return this.pending > 0;
  }

  /** Looks at a head that is not whole, so that its sender hears of an error now and not when time is up. */
  #examine(text: string): void {
    const { headSize, uriLength } = this.#limits;
    const lines = text.lastIndexOf('\n') + 1;
    if (lines === 0) {
      // No method, no target of any length that we take and no version can still become a request line.
      if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?: |$)/.test(text))
        throw requestError('request line: the method is no token');
      if (text.length > text.indexOf(' ') + uriLength + 12) {
        throw requestError(`request line: the target is longer than ${uriLength} bytes`, 414);
      }
    } else if (lines > this.#examined) {
      this.#examined = lines;
      const machine = RequestMachine.take();
      try {
        this.#parseLines(machine, text, lines);
      } finally {
        machine.release();
      }
    }
    if (text.length >= headSize) throw requestError(`the head is longer than ${headSize} bytes`, 431);
  }

  /** Feeds whole lines, the first of them the request line. */
  #parseLines(machine: RequestMachine, text: string, length: number): { line: RequestLine; headers: string[] } {
    const { uriLength, headerCount } = this.#limits;
    const lineEnd = text.indexOf('\n');
    if (text.charCodeAt(lineEnd - 1) !== CR)
      throw requestError('request line: expected CRLF at its end, found LF alone');
    const line = parseRequestLine(text, lineEnd - 1, uriLength);
    machine.start();
    let base = 0;
    if (!line.plain) {
      base = lineEnd + 1;
      machine.execute(line.protocol === 'HTTP/1.0' ? STAND_IN_1_0 : STAND_IN_1_1);
    }
    const from = this.#offset + base;
    const to = this.#offset + length;
    const bytes = from === 0 && to === this.#bytes.length ? this.#bytes : this.#bytes.subarray(from, to);
    if (machine.execute(bytes) !== bytes.length) throw requestError(machine.reason);
    const headers = readHeaders(text, base);
    if (headers.length > 2 * headerCount) throw requestError(`the request has more than ${headerCount} headers`, 431);
    return { line, headers };
  }

  /** A whole head is here: `length` bytes of it, the empty line included. */
  #request(text: string, length: number): ParsedRequest {
    const machine = RequestMachine.take();
    let chunked = false;
    try {
      const { line, headers } = this.#parseLines(machine, text, length);
      const { method, target, protocol } = line;
      const { bodyLength, expectContinue, connection } = requestFraming(headers, protocol);
      // Both have read the same bytes: were they ever of two minds, the rest of the connection would be anybody's guess.
      if (!found.headersComplete || found.messageComplete !== (bodyLength === 0))
        throw requestError('the framing is in doubt');
      // What follows a CONNECT is another protocol's, whatever the answer.
      const keepAlive = method !== 'CONNECT' && persists(connection, protocol);
      const upgrade = bodyLength === 0 && protocol === 'HTTP/1.1' && asksForUpgrade(connection, headers);
      if (length > this.#limits.headSize)
        throw requestError(`the head is longer than ${this.#limits.headSize} bytes`, 431);
      this.#take(length);
      this.#examined = 0;
      this.#emptyLines = 0;
      if (bodyLength === -1) {
        this.#chunked = new ChunkedBody(machine, this.#limits);
        chunked = true;
      } else this.#remaining = bodyLength;
      return { type: 'request', method, target, protocol, headers, bodyLength, expectContinue, keepAlive, upgrade };
    } finally {
      if (!chunked) machine.release();
    }
  }
}
