import { brokenFraming } from './errors.ts';
import { FCGI_VERSION_1, HEADER_LENGTH } from './protocol.ts';

const EMPTY = Buffer.alloc(0);
const SMALLEST_COPY = 64;

/**
 * Content that has to be whole before it means anything. While it lies in the one chunk that is being read it is not
 * copied; after that it owns its bytes, for a few of them would keep a whole chunk of the network in memory.
 */
export class ContentBlock {
  #bytes: Buffer = EMPTY;
  #start = 0;
  #end = 0;
  #borrowed = false;

  get length(): number {
    return this.#end - this.#start;
  }

  append(chunk: Buffer, start: number, end: number): void {
    const length = this.length;
    if (length === 0) {
      this.#bytes = chunk;
      this.#start = start;
      this.#end = end;
      this.#borrowed = true;
      return;
    }
    const total = length + end - start;
    if (this.#borrowed || total > this.#bytes.length) this.#own(total * 2);
    chunk.copy(this.#bytes, length, start, end);
    this.#end = total;
  }

  /** The chunk goes: what is kept of it is copied. */
  detach(): void {
    if (this.#borrowed) this.#own(this.length);
  }

  /** The content as one byte string, which is then let go. */
  take(): string {
    const text = this.#bytes.toString('latin1', this.#start, this.#end);
    this.clear();
    return text;
  }

  clear(): void {
    this.#bytes = EMPTY;
    this.#start = 0;
    this.#end = 0;
    this.#borrowed = false;
  }

  #own(size: number): void {
    const length = this.length;
    // Not of Node's pool: a piece of it keeps all of it.
    const owned = Buffer.allocUnsafeSlow(Math.max(SMALLEST_COPY, size));
    this.#bytes.copy(owned, 0, this.#start, this.#end);
    this.#bytes = owned;
    this.#start = 0;
    this.#end = length;
    this.#borrowed = false;
  }
}

/**
 * Takes records apart (section 3.3), whatever the pieces they arrive in.
 *
 * It stays on the chunk that came in: content is handed on as a range of it, as far as it has arrived. Nothing of a chunk
 * outlives it but the up to 7 bytes of a header that was cut, and what `gather` copies. An error leaves it unusable.
 */
export abstract class RecordDecoder {
  readonly #header = new Uint8Array(HEADER_LENGTH);
  #headerBytes = 0;
  #content = 0;
  #padding = 0;
  /** A block with bytes of the chunk at hand. */
  #borrowing: ContentBlock | undefined;

  /** A header has arrived; `contentLength` bytes follow through `content`. */
  protected abstract header(type: number, requestId: number, contentLength: number): void;
  /** Content of the record: the bytes of `chunk` from `start` to `end`, at least one. */
  protected abstract content(chunk: Buffer, start: number, end: number): void;
  /** The content is complete, also when it is empty. */
  protected abstract complete(): void;

  /** Adds content to a block that has to be whole. */
  protected gather(block: ContentBlock, chunk: Buffer, start: number, end: number): void {
    if (this.#borrowing !== block) {
      this.#borrowing?.detach();
      this.#borrowing = block;
    }
    block.append(chunk, start, end);
  }

  /** @throws TsgiError `FCGI_VERSION`, and what the methods above throw. */
  push(chunk: Buffer): void {
    this.#take(chunk);
    if (this.#borrowing === undefined) return;
    this.#borrowing.detach();
    this.#borrowing = undefined;
  }

  #take(chunk: Buffer): void {
    const length = chunk.length;
    let at = 0;
    while (at < length) {
      if (this.#content > 0) {
        const end = Math.min(length, at + this.#content);
        this.#content -= end - at;
        this.content(chunk, at, end);
        at = end;
        if (this.#content === 0) this.complete();
      } else if (this.#padding > 0) {
        const skipped = Math.min(length - at, this.#padding);
        this.#padding -= skipped;
        at += skipped;
      } else if (this.#headerBytes === 0 && length - at >= HEADER_LENGTH) {
        this.#open(chunk, at);
        at += HEADER_LENGTH;
      } else {
        const end = Math.min(length, at + HEADER_LENGTH - this.#headerBytes);
        while (at < end) this.#header[this.#headerBytes++] = chunk[at++] ?? 0;
        if (this.#headerBytes < HEADER_LENGTH) return;
        this.#headerBytes = 0;
        this.#open(this.#header, 0);
      }
    }
  }

  /** Bytes of a record have arrived whose rest has not. */
  get midRecord(): boolean {
    return this.#headerBytes > 0 || this.#content > 0 || this.#padding > 0;
  }

  #open(bytes: Uint8Array, at: number): void {
    const version = bytes[at];
    if (version !== FCGI_VERSION_1) {
      const hint = version === undefined ? '' : whatBegins(version);
      throw brokenFraming('FCGI_VERSION', `found FastCGI version ${version} in a record header, expected 1${hint}`);
    }
    this.#content = ((bytes[at + 4] ?? 0) << 8) | (bytes[at + 5] ?? 0);
    this.#padding = bytes[at + 6] ?? 0;
    this.header(bytes[at + 1] ?? 0, ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0), this.#content);
    if (this.#content === 0) this.complete();
  }
}

/** The usual mistake is a web server that was told of another wire. */
function whatBegins(byte: number): string {
  const text = String.fromCharCode(byte);
  if (/[A-Z]/.test(text)) return `; "${text}" may be the first letter of an HTTP request`;
  return /\d/.test(text) ? `; "${text}" may be the first digit of an SCGI request` : '';
}
