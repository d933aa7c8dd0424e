import { countedBytes } from '../contract/errors.ts';
import { isPromiseLike } from '../body/body-iteration.ts';
import type { Bytes } from '../contract/contract.ts';
import { DIGITS } from '../environ/tokens.ts';
import { found } from './found.ts';
import type { Reporter } from './reporter.ts';

type Method = 'read' | 'readline' | 'readlines' | 'iteration';

const LF = 0x0a;

/** What the environ says of a body beforehand. */
export interface AnnouncedBody {
  readonly contentLength: string | undefined;
  /** `tsgi.has_body`. */
  readonly hasBody: boolean;
}

/** Watches one request body go from the server to the application. */
export class InputWatch {
  readonly #reporter: Reporter;
  readonly #expected: number | undefined;
  readonly #hasBody: boolean;
  #received = 0;
  #reading: Method | undefined;
  #ended = false;

  constructor({ contentLength, hasBody }: AnnouncedBody, reporter: Reporter) {
    this.#reporter = reporter;
    this.#hasBody = hasBody;
    this.#expected = contentLength !== undefined && DIGITS.test(contentLength) ? Number(contentLength) : undefined;
  }

  /** `read` and `readline`. A fault of the application rejects, as every fault of a read does. */
  async read(method: 'read' | 'readline', args: readonly unknown[], run: () => unknown): Promise<Bytes> {
    this.#checkSize(method, args);
    const bytes: unknown = await this.#alone(method, run);
    const [size] = args;
    if (!this.#checkBytes(method, bytes)) return bytes as Bytes;
    if (typeof size === 'number' && bytes.byteLength > size) {
      this.#fault('R46', `${method}(${size}) gave ${countedBytes(bytes.byteLength)}: expected ${size} at most`);
    }
    if (method === 'readline') this.#checkLine(method, bytes);
    this.#received += bytes.byteLength;
    if (bytes.byteLength > 0) this.#arrived();
    // Less than was asked for is no end; nothing is, and so is the whole rest.
    if ((bytes.byteLength === 0 && size !== 0) || (method === 'read' && size === undefined)) this.#end();
    return bytes;
  }

  async readlines(args: readonly unknown[], run: () => unknown): Promise<Bytes[]> {
    this.#checkSize('readlines', args);
    const lines: unknown = await this.#alone('readlines', run);
    if (!Array.isArray(lines)) {
      this.#fault('R46', `readlines gave ${found(lines)}: expected an array of lines`);
      return lines as Bytes[];
    }
    for (const line of lines as readonly unknown[]) {
      if (!this.#checkBytes('readlines', line)) continue;
      this.#checkLine('readlines', line);
      this.#received += line.byteLength;
      if (line.byteLength > 0) this.#arrived();
    }
    const [hint] = args;
    if (typeof hint !== 'number' || hint === 0 || lines.length === 0) this.#end();
    return lines as Bytes[];
  }

  iterate(iterator: AsyncIterator<Bytes>): AsyncIterableIterator<Bytes> {
    const guard: AsyncIterableIterator<Bytes> = {
      next: () => this.#next(iterator),
      [Symbol.asyncIterator]: () => guard,
    };
    const leave = iterator.return;
    if (leave !== undefined) guard.return = (value) => leave.call(iterator, value);
    return guard;
  }

  async #next(iterator: AsyncIterator<Bytes>): Promise<IteratorResult<Bytes>> {
    const step: unknown = await this.#alone('iteration', () => iterator.next());
    if (typeof step !== 'object' || step === null) {
      this.#fault('R46', `next() of tsgi.input gave ${found(step)}: expected { done, value }`);
    } else if ('done' in step && Boolean(step.done)) this.#end();
    else {
      const chunk: unknown = 'value' in step ? step.value : undefined;
      if (this.#checkBytes('iteration', chunk)) {
        this.#received += chunk.byteLength;
        if (chunk.byteLength > 0) this.#arrived();
      }
    }
    return step as IteratorResult<Bytes>;
  }

  #checkSize(method: Method, args: readonly unknown[]): void {
    const [size] = args;
    if (args.length > 1) {
      this.#reporter.error(
        'R43',
        'app',
        `${method} was called with ${args.length} arguments: expected a size, or nothing`,
      );
    }
    if (size !== undefined && !(typeof size === 'number' && Number.isInteger(size) && size >= 0)) {
      this.#reporter.error(
        'R43',
        'app',
        `${method} was called with ${found(size)}: expected a whole number of bytes, 0 or more, or nothing for all the rest`,
      );
    }
  }

  /** R54, and a promise from every method. */
  async #alone(method: Method, run: () => unknown): Promise<unknown> {
    const other = this.#reading;
    if (other !== undefined) {
      this.#reporter.error(
        'R54',
        'app',
        `${method} of tsgi.input was called while ${other} is pending: expected one at a time; await it first`,
      );
    }
    this.#reading = method;
    try {
      const pending = run();
      if (!isPromiseLike(pending)) {
        this.#fault('R46', `${method} of tsgi.input gave ${found(pending)}: expected a promise`);
      }
      return await pending;
    } finally {
      if (other === undefined) this.#reading = undefined;
    }
  }

  #checkBytes(method: Method, value: unknown): value is Bytes {
    if (value instanceof Uint8Array) return true;
    this.#fault('R46', `${method} of tsgi.input gave ${found(value)}: expected a Uint8Array, an empty one at the end`);
    return false;
  }

  #checkLine(method: Method, line: Bytes): void {
    if (!line.subarray(0, -1).includes(LF)) return;
    this.#fault('R46', `${method} gave bytes beyond a line feed: expected one line, with the feed at its end`);
  }

  #arrived(): void {
    if (!this.#hasBody) this.#fault('R104', 'tsgi.input gave bytes and tsgi.has_body is false: expected true');
    if (this.#ended) this.#fault('R45', 'tsgi.input gave bytes after its end: expected an end to be final');
    if (this.#expected !== undefined && this.#received > this.#expected) {
      this.#fault(
        'R45',
        `tsgi.input gave ${countedBytes(this.#received)} and CONTENT_LENGTH is ${this.#expected}: expected no more than that`,
      );
    }
  }

  #end(): void {
    if (!this.#ended && this.#expected !== undefined && this.#received < this.#expected) {
      this.#fault(
        'R48',
        `tsgi.input ended after ${countedBytes(this.#received)} and CONTENT_LENGTH is ${this.#expected}: expected a rejection, so that a body cut short does not pass for whole`,
      );
    }
    this.#ended = true;
  }

  #fault(rule: string, message: string): void {
    this.#reporter.error(rule, 'server', message);
  }
}
