import { TsgiError } from '@tsgi/core';
import { brokenFraming } from './errors.ts';
import { decodePairs } from './pairs.ts';
import {
  ABORT_REQUEST,
  BEGIN_REQUEST,
  DATA,
  GET_VALUES,
  KEEP_CONN,
  NULL_REQUEST_ID,
  PARAMS,
  STDIN,
  UNKNOWN_TYPE,
} from './protocol.ts';
import { ContentBlock, RecordDecoder } from './record-decoder.ts';

/** What an application hears on a connection. `Request` is what `begin` made; the decoder keeps it by its id. */
export interface RequestEvents<Request> {
  /** BEGIN_REQUEST. Without an answer the id stays inactive: what follows for it is ignored (section 3.3). */
  begin(requestId: number, role: number, keepConnection: boolean): Request | undefined;
  /** The end of PARAMS: names and values alternate, byte strings in wire order. */
  params(request: Request, variables: string[]): void;
  /** PARAMS went over a limit (431), or over what their connection may hold (503): to be answered and released. */
  paramsRefused(request: Request, error: TsgiError): void;
  /** The chunk is a part of what was pushed, and may be a small one: who keeps it copies it. */
  stdin(request: Request, chunk: Buffer): void;
  stdinEnd(request: Request): void;
  data(request: Request, chunk: Buffer): void;
  dataEnd(request: Request): void;
  abort(request: Request): void;
  /** GET_VALUES, each name once. */
  getValues(names: string[]): void;
  /** A management record of a type that this side does not understand. */
  unknownType(type: number): void;
}

/** Bounds of what is kept of a request before the application sees it. */
export interface ParamsLimits {
  /** Bytes of PARAMS. Default: 128 KiB. */
  headSize?: number | undefined;
  /** Pairs in PARAMS. Default: 1,000. */
  headerCount?: number | undefined;
}

const DEFAULT_HEAD_SIZE = 131_072;
const DEFAULT_HEADER_COUNT = 1000;
/** What the requests of one connection whose PARAMS are still coming may hold together, in heads of the greatest size. */
const HEADS_AT_ONCE = 2;
/** Names in one GET_VALUES; three are known. */
const MAX_VALUES = 1000;
/** Bytes of a BEGIN_REQUEST. */
const BEGIN_LENGTH = 8;

/** An active id. The streams come one after the other (section 6.2 to 6.4), so one number says where it is. */
interface ActiveRequest<Request> {
  readonly id: number;
  readonly request: Request;
  params: ContentBlock | undefined;
  /** The stream that may carry content: PARAMS, STDIN, DATA, or 0 when all have ended. */
  stream: number;
}

/** The application side of the codec: records to what they mean. Same bytes, same events, however they are split. */
export class RequestDecoder<Request> extends RecordDecoder {
  readonly #events: RequestEvents<Request>;
  readonly #headSize: number;
  readonly #headerCount: number;
  /** The only active request, as nearly always, or one of them. */
  #active: ActiveRequest<Request> | undefined;
  /** The others by their ids. */
  #others: Map<number, ActiveRequest<Request>> | undefined;
  /** Bytes of PARAMS of all requests that have not ended theirs. */
  #held = 0;
  /** The content of BEGIN_REQUEST. */
  readonly #opening = new Uint8Array(BEGIN_LENGTH);
  #opened = 0;
  /** The content of GET_VALUES. */
  readonly #asked = new ContentBlock();
  // The record at hand; type 0 skips its content.
  #type = 0;
  #requestId = 0;
  #current: ActiveRequest<Request> | undefined;

  constructor(events: RequestEvents<Request>, limits: ParamsLimits = {}) {
    super();
    this.#events = events;
    this.#headSize = limits.headSize ?? DEFAULT_HEAD_SIZE;
    this.#headerCount = limits.headerCount ?? DEFAULT_HEADER_COUNT;
  }

  /** END_REQUEST was sent: the id may begin again, and until then its records are ignored. */
  release(requestId: number): void {
    const released = this.#find(requestId);
    if (released === undefined) return;
    this.#letGo(released);
    if (released === this.#active) this.#active = undefined;
    else this.#others?.delete(requestId);
  }

  /** Those that are active, in no order. */
  get requests(): Request[] {
    const others = [...(this.#others?.values() ?? [])];
    return (this.#active === undefined ? others : [this.#active, ...others]).map(({ request }) => request);
  }

  #find(requestId: number): ActiveRequest<Request> | undefined {
    const active = this.#active;
    return active?.id === requestId ? active : this.#others?.get(requestId);
  }

  #letGo(current: ActiveRequest<Request>): void {
    if (current.params === undefined) return;
    this.#held -= current.params.length;
    current.params.clear();
    current.params = undefined;
  }

  protected override header(type: number, requestId: number, contentLength: number): void {
    this.#type = type;
    this.#requestId = requestId;
    if (requestId === NULL_REQUEST_ID) this.#openManagement(type);
    else this.#openApplication(type, requestId, contentLength);
  }

  protected override content(chunk: Buffer, start: number, end: number): void {
    switch (this.#type) {
      case BEGIN_REQUEST:
        for (let at = start; at < end; at++) this.#opening[this.#opened++] = chunk[at] ?? 0;
        break;
      case GET_VALUES:
        this.gather(this.#asked, chunk, start, end);
        break;
      case PARAMS:
        this.#appendParams(chunk, start, end);
        break;
      case STDIN:
        if (this.#current !== undefined) this.#events.stdin(this.#current.request, chunk.subarray(start, end));
        break;
      case DATA:
        if (this.#current !== undefined) this.#events.data(this.#current.request, chunk.subarray(start, end));
        break;
      default:
    }
  }

  protected override complete(): void {
    switch (this.#type) {
      case BEGIN_REQUEST:
        this.#begin(this.#opening);
        break;
      case ABORT_REQUEST:
        if (this.#current !== undefined) this.#events.abort(this.#current.request);
        break;
      case GET_VALUES:
        this.#getValues(this.#asked.take());
        break;
      default:
    }
  }

  #openManagement(type: number): void {
    if (type >= BEGIN_REQUEST && type <= DATA) {
      throw brokenFraming(
        'FCGI_NULL_REQUEST_ID',
        `found request id 0 in a record of type ${type}, expected 1 to 65535`,
      );
    }
    this.#current = undefined;
    if (type === GET_VALUES) return;
    this.#type = 0;
    // To answer UNKNOWN_TYPE with UNKNOWN_TYPE would never end between two peers that do so.
    if (type !== UNKNOWN_TYPE) this.#events.unknownType(type);
  }

  #openApplication(type: number, requestId: number, contentLength: number): void {
    const current = this.#find(requestId);
    this.#current = current;
    if (type === BEGIN_REQUEST) {
      this.#opened = 0;
      if (contentLength !== BEGIN_LENGTH) {
        throw brokenFraming('FCGI_BEGIN_LENGTH', `found BEGIN_REQUEST with ${contentLength} bytes, expected 8`);
      }
      if (current !== undefined) {
        throw brokenFraming('FCGI_ACTIVE_ID', `found BEGIN_REQUEST for request id ${requestId}, which is active`);
      }
    } else if (current === undefined) {
      this.#type = 0;
    } else if (type === PARAMS || type === STDIN || type === DATA) {
      this.#openStream(type, current, contentLength);
    } else if (type !== ABORT_REQUEST) {
      // What only applications send, and application records of a type yet to be invented.
      this.#type = 0;
    }
  }

  #openStream(type: number, current: ActiveRequest<Request>, contentLength: number): void {
    if (contentLength === 0) {
      this.#type = 0;
      if (type === current.stream) this.#endStream(type, current);
    } else if (type !== current.stream) {
      throw brokenFraming(
        'FCGI_STREAM_ORDER',
        `found content in a record of type ${type} for request id ${this.#requestId}, expected ` +
          (current.stream === 0 ? 'none after the last stream has ended' : `type ${current.stream} first`),
      );
    }
  }

  #endStream(type: number, current: ActiveRequest<Request>): void {
    if (type === PARAMS) {
      current.stream = STDIN;
      const block = current.params?.take() ?? '';
      this.#held -= block.length;
      current.params = undefined;
      const variables = decodePairs(block, this.#headerCount);
      if (variables.length > this.#headerCount * 2) {
        this.#refuseParams(current, `${this.#headerCount} pairs of PARAMS`, 431);
      } else {
        this.#events.params(current.request, variables);
      }
    } else if (type === STDIN) {
      current.stream = DATA;
      this.#events.stdinEnd(current.request);
    } else {
      current.stream = 0;
      this.#events.dataEnd(current.request);
    }
  }

  #appendParams(chunk: Buffer, start: number, end: number): void {
    const current = this.#current;
    if (current === undefined) return;
    const bytes = end - start;
    const params = (current.params ??= new ContentBlock());
    const isOver = params.length + bytes > this.#headSize;
    if (!isOver && this.#held + bytes <= this.#headSize * HEADS_AT_ONCE) {
      this.#held += bytes;
      this.gather(params, chunk, start, end);
      return;
    }
    this.#letGo(current);
    this.#type = 0;
    const found = isOver
      ? `${this.#headSize} bytes of PARAMS`
      : `${this.#headSize * HEADS_AT_ONCE} bytes of PARAMS at a time`;
    this.#refuseParams(current, found, isOver ? 431 : 503);
  }

  #refuseParams(current: ActiveRequest<Request>, most: string, statusHint: number): void {
    this.#events.paramsRefused(
      current.request,
      new TsgiError(`found more than ${most}`, { code: 'PARAMS_TOO_LARGE', side: 'peer', statusHint }),
    );
  }

  #begin(body: Uint8Array): void {
    const [high = 0, low = 0, flags = 0] = body;
    const id = this.#requestId;
    const request = this.#events.begin(id, (high << 8) | low, (flags & KEEP_CONN) !== 0);
    if (request === undefined) return;
    const active = { id, request, params: undefined, stream: PARAMS };
    if (this.#active === undefined) this.#active = active;
    else (this.#others ??= new Map()).set(id, active);
  }

  #getValues(block: string): void {
    const pairs = decodePairs(block, MAX_VALUES);
    const names = new Set<string>();
    for (let index = 0; index < pairs.length; index += 2) names.add(pairs[index] ?? '');
    this.#events.getValues([...names]);
  }
}
