import { brokenFraming } from './errors.ts';
import { decodePairs } from './pairs.ts';
import {
  BEGIN_REQUEST,
  DATA,
  END_REQUEST,
  GET_VALUES_RESULT,
  NULL_REQUEST_ID,
  STDERR,
  STDOUT,
  UNKNOWN_TYPE,
} from './protocol.ts';
import { ContentBlock, RecordDecoder } from './record-decoder.ts';

/** What a gateway hears on a connection. Empty STDOUT may be missing before END_REQUEST (php-fpm sends none). */
export interface ResponseEvents {
  stdout(requestId: number, chunk: Buffer): void;
  stdoutEnd(requestId: number): void;
  stderr(requestId: number, chunk: Buffer): void;
  stderrEnd(requestId: number): void;
  /** END_REQUEST; may come twice (php-src#1169). */
  end(requestId: number, appStatus: number, protocolStatus: number): void;
  /** Names and values alternate; may be empty (Go sends such a record after the answer). */
  getValuesResult(values: string[]): void;
  unknownType(type: number): void;
}

/** Values in one GET_VALUES_RESULT; three are known. */
const MAX_VALUES = 1000;

/** The gateway side of the codec: records to what they mean. Same bytes, same events, however they are split. */
export class ResponseDecoder extends RecordDecoder {
  readonly #events: ResponseEvents;
  readonly #whole = new ContentBlock();
  // The record at hand; type 0 skips its content.
  #type = 0;
  #requestId = 0;

  constructor(events: ResponseEvents) {
    super();
    this.#events = events;
  }

  protected override header(type: number, requestId: number, contentLength: number): void {
    this.#type = type;
    this.#requestId = requestId;
    if (requestId === NULL_REQUEST_ID && type >= BEGIN_REQUEST && type <= DATA) {
      throw brokenFraming(
        'FCGI_NULL_REQUEST_ID',
        `found request id 0 in a record of type ${type}, expected 1 to 65535`,
      );
    }
    const known =
      requestId === NULL_REQUEST_ID
        ? type === GET_VALUES_RESULT || type === UNKNOWN_TYPE
        : type === STDOUT || type === STDERR || type === END_REQUEST;
    if (!known) this.#type = 0;
    if ((this.#type === END_REQUEST || this.#type === UNKNOWN_TYPE) && contentLength !== 8) {
      throw brokenFraming('FCGI_END_LENGTH', `found ${contentLength} bytes in a record of type ${type}, expected 8`);
    }
    if (contentLength > 0) return;
    if (this.#type === STDOUT) this.#events.stdoutEnd(requestId);
    else if (this.#type === STDERR) this.#events.stderrEnd(requestId);
  }

  protected override content(chunk: Buffer, start: number, end: number): void {
    if (this.#type === STDOUT) this.#events.stdout(this.#requestId, chunk.subarray(start, end));
    else if (this.#type === STDERR) this.#events.stderr(this.#requestId, chunk.subarray(start, end));
    else if (this.#type !== 0) this.gather(this.#whole, chunk, start, end);
  }

  protected override complete(): void {
    if (this.#type === END_REQUEST) this.#end(this.#whole.take());
    else if (this.#type === GET_VALUES_RESULT) {
      this.#events.getValuesResult(decodePairs(this.#whole.take(), MAX_VALUES));
    } else if (this.#type === UNKNOWN_TYPE) this.#events.unknownType(this.#whole.take().charCodeAt(0));
  }

  #end(body: string): void {
    const high = (body.charCodeAt(0) << 24) | (body.charCodeAt(1) << 16);
    const appStatus = (high | (body.charCodeAt(2) << 8) | body.charCodeAt(3)) >>> 0;
    this.#events.end(this.#requestId, appStatus, body.charCodeAt(4));
  }
}
