import { ChunkedBody } from './chunked-body.ts';
import {
  asksForUpgrade,
  type Framing,
  isBlank,
  isTokenByte,
  parseRequestLine,
  persists,
  requestFraming,
  type RequestLine,
} from './request-head.ts';
import type { HeadLimits } from '../../server/limits.ts';
import { found, latin1, RequestMachine } from './llhttp.ts';
import { requestError } from './request-error.ts';

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
/** Bytes by which a head may be longer than the one before it, to be found without the body behind it becoming a string, too. */
const MORE = 64;
const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const END_OF_HEAD = Buffer.from('\r\n\r\n');
/** Bytes that are worth keeping where they are; fewer are copied behind those before them. */
const BIG = 4_096;
/** Room for small packets that come one after another. */
const LEAST_ROOM = 256;
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
  /** Memory of ours right behind what was received last: small packets share it. */
  #room: Buffer | undefined;
  /** Bytes of `#bytes` that were looked at and hold no end of a head. */
  #searched = 0;
  /** Where the space behind the method is in a head that is not whole; -1 as long as it has not come. */
  #methodEnd = -1;
  /** Reads the lines of a head that is not whole. */
  #scout: RequestMachine | undefined;
  #scouted = 0;
  #scoutedHeaders = 0;
  /** Bytes of the body that are still to come, if its length is known. */
  #remaining = 0;
  #endDue = false;
  #chunked: ChunkedBody | undefined;
  #emptyLines = 0;
  /** Bytes in which the next head is looked for first. */
  #window = WINDOW;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  /** Bytes that were received and are not part of an event yet. */
  get pending(): number {
    return this.#bytes.length - this.#offset + this.#laterLength;
  }

  /** Between two requests, with nothing of the next one: `next` would give nothing. */
  get idle(): boolean {
    return this.pending === 0 && this.#remaining === 0 && !this.#endDue && this.#chunked === undefined;
  }

  /** The method of a request that `next` refused, as far as it can be known. */
  get refusedMethod(): string {
    const start = latin1(this.#bytes, this.#offset, Math.min(this.#bytes.length, this.#offset + WINDOW));
    return start.slice(0, Math.max(0, start.indexOf(' ')));
  }

  /** @param owned whether the bytes stay as they are; if not, `keep` must be called before they change. */
  receive(bytes: Buffer, owned: boolean): void {
    if (bytes.length === 0) return;
    if (this.#bytes === NOTHING) {
      this.#bytes = bytes;
      this.#borrowed = !owned;
    } else this.#append(bytes, owned);
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
    this.#endOfHead();
    this.#bytes = NOTHING;
    this.#offset = 0;
    this.#later = [];
    this.#laterLength = 0;
    this.#room = undefined;
  }

  /** A packet is an object of some hundred bytes: what comes byte by byte must not cost that for each. */
  #append(bytes: Buffer, owned: boolean): void {
    const { length } = bytes;
    const room = this.#room;
    if (room !== undefined && length <= room.length) {
      room.set(bytes);
      this.#room = room.subarray(length);
      if (this.#laterLength === 0) {
        this.#bytes = longer(this.#bytes, length);
        return;
      }
      this.#later.push(longer(this.#later.pop() ?? NOTHING, length));
    } else if (owned && length >= BIG) {
      this.#later.push(bytes);
      this.#room = undefined;
    } else {
      const memory = Buffer.allocUnsafeSlow(Math.max(LEAST_ROOM, length, Math.min(this.pending, 4 * BIG)));
      memory.set(bytes);
      this.#later.push(memory.subarray(0, length));
      this.#room = memory.subarray(length);
    }
    this.#laterLength += length;
  }

  /** Leaves room as long as what is there, up to a head: a head that comes byte by byte is not copied once a byte. */
  #join(): void {
    const length = this.pending;
    const memory = Buffer.allocUnsafeSlow(length + Math.max(LEAST_ROOM, Math.min(length, this.#limits.headSize)));
    let end = this.#bytes.copy(memory, 0, this.#offset);
    for (const bytes of this.#later) end += bytes.copy(memory, end);
    this.#bytes = memory.subarray(0, length);
    this.#room = memory.subarray(length);
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
      if (this.#bytes === NOTHING) this.#room = undefined;
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
    if (this.#searched > 0) return this.#resumedHead();
    let text = latin1(this.#bytes, this.#offset, Math.min(this.#bytes.length, this.#offset + this.#window));
    let end = text.indexOf('\r\n\r\n');
    if (end === -1 && this.pending > this.#window) {
      text = latin1(this.#bytes, this.#offset, Math.min(this.#bytes.length, this.#offset + headSize));
      end = text.indexOf('\r\n\r\n');
    }
    if (end !== -1) return this.#request(text, end + 4);
    this.#examine(text.length);
    return undefined;
  }

  /** A head that was not whole before: only what is new of it is looked through. */
  #resumedHead(): RequestEvent | undefined {
    const head = this.#bytes.subarray(this.#offset, this.#offset + this.#limits.headSize);
    const end = head.indexOf(END_OF_HEAD, Math.max(0, this.#searched - 3));
    if (end !== -1) return this.#request(latin1(head, 0, end + 4), end + 4);
    this.#examine(head.length);
    return undefined;
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

  /** Looks at what is new of a head that is not whole, so that its sender hears of an error now and not when time is up. */
  #examine(length: number): void {
    const { headSize, uriLength } = this.#limits;
    const head = this.#bytes.subarray(this.#offset, this.#offset + length);
    const newLines = head.subarray(this.#searched).lastIndexOf(LF) + 1;
    if (newLines > 0) this.#scoutLines(head, this.#searched + newLines);
    else if (this.#scouted === 0) {
      // No method, no target of any length that we take and no version can still become a request line.
      for (let at = this.#searched; this.#methodEnd === -1 && at < length; at++) {
        const byte = head[at] as number;
        if (byte === SPACE && at > 0) this.#methodEnd = at;
        else if (!isTokenByte(byte)) throw requestError('request line: the method is no token');
      }
      if (length > this.#methodEnd + uriLength + 12) {
        throw requestError(`request line: the target is longer than ${uriLength} bytes`, 414);
      }
    }
    this.#searched = length;
    if (length >= headSize) throw requestError(`the head is longer than ${headSize} bytes`, 431);
  }

  /** Feeds llhttp the whole lines up to `end` that it has not seen. */
  #scoutLines(head: Buffer, end: number): void {
    let from = this.#scouted;
    let machine = this.#scout;
    if (machine === undefined) {
      const text = latin1(head, 0, end);
      const lineEnd = text.indexOf('\n');
      const line = this.#requestLine(text, lineEnd);
      machine = this.#scout = RequestMachine.take();
      from = begin(machine, line, lineEnd + 1);
    }
    const bytes = head.subarray(from, end);
    if (machine.execute(bytes) !== bytes.length) throw requestError(machine.reason);
    this.#scouted = end;
    this.#scoutedHeaders += found.length / 6;
    this.#checkCount(this.#scoutedHeaders);
  }

  /** What is known of a head that was not whole. */
  #endOfHead(): void {
    this.#searched = 0;
    this.#methodEnd = -1;
    this.#scout?.release();
    this.#scout = undefined;
    this.#scouted = 0;
    this.#scoutedHeaders = 0;
  }

  #checkCount(headers: number): void {
    const { headerCount } = this.#limits;
    if (headers > headerCount) throw requestError(`the request has more than ${headerCount} headers`, 431);
  }

  /** @param end where its LF is. */
  #requestLine(text: string, end: number): RequestLine {
    if (text.charCodeAt(end - 1) !== CR) throw requestError('request line: expected CRLF at its end, found LF alone');
    return parseRequestLine(text, end - 1, this.#limits.uriLength);
  }

  /** A whole head is here: `length` bytes of it, the empty line included. */
  #request(text: string, length: number): ParsedRequest {
    if (this.#searched > 0) this.#endOfHead();
    const machine = RequestMachine.take();
    let chunked = false;
    try {
      const lineEnd = text.indexOf('\n');
      const line = this.#requestLine(text, lineEnd);
      const { method, target, protocol } = line;
      const base = begin(machine, line, lineEnd + 1);
      const from = this.#offset + base;
      const to = this.#offset + length;
      const bytes = from === 0 && to === this.#bytes.length ? this.#bytes : this.#bytes.subarray(from, to);
      if (machine.execute(bytes) !== bytes.length) throw requestError(machine.reason);
      const headers = readHeaders(text, base);
      this.#checkCount(headers.length / 2);
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
      this.#window = length + MORE;
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

/** The same bytes, and `more` of the memory behind them. */
function longer(bytes: Buffer, more: number): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length + more);
}

/** @returns where what llhttp is to be fed next begins: it was fed another request line if it would not judge this one. */
function begin(machine: RequestMachine, line: RequestLine, length: number): number {
  machine.start();
  if (line.plain) return 0;
  machine.execute(line.protocol === 'HTTP/1.0' ? STAND_IN_1_0 : STAND_IN_1_1);
  return length;
}

/**
 * The headers that llhttp just found in whole lines: names and values, alternating.
 *
 * @param text the bytes as a string; a substring of it costs no copy, and one `latin1Slice` for all of them is several
 *   times cheaper than one for each.
 * @param base where in `text` llhttp began.
 */
function readHeaders(text: string, base: number): string[] {
  const { spans, length } = found;
  const headers: string[] = [];
  for (let index = 0; index < length; index += 6) {
    // Whole lines give a name and a value in turn. llhttp trims in front of a value, not behind it (RFC 9110 §5.5).
    const start = base + (spans[index + 4] as number);
    let end = base + (spans[index + 5] as number);
    while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
    headers.push(
      text.substring(base + (spans[index + 1] as number), base + (spans[index + 2] as number)),
      text.substring(start, end),
    );
  }
  return headers;
}
