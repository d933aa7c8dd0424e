import { TsgiAbortError } from '../src/index.ts';
import { Exchange } from '../src/server.ts';
import { testEnviron, type TestRequest } from '../src/testing.ts';
import type { App, Environ, Header } from '../src/index.ts';
import type { ResponseHead, ResponseWriter } from '../src/server.ts';

const encoder = new TextEncoder();

/** UTF-8 bytes. */
export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Bytes as Latin-1 text, so that a comparison shows every one of them. */
export function shown(...chunks: readonly Uint8Array[]): string {
  return chunks.map((chunk) => Buffer.from(chunk).toString('latin1')).join('');
}

/**
 * A wire that records what the run loop asks of it, refuses chunks as it is told, and notes every breach of the
 * `ResponseWriter` contract.
 */
export class ScriptedWriter implements ResponseWriter {
  /** `head 200 OK`, `write abc`, `end`, `abort`, `drain`, `finished`, `hints 1`; `head … +abc end` when in one call. */
  readonly calls: string[] = [];
  readonly breaches: string[] = [];
  readonly chunks: Uint8Array[] = [];
  readonly finishing: Promise<void>;
  /** Bytes of the body that went out. */
  sent = 0;
  head: ResponseHead | undefined;
  hints: Header[][] = [];
  /** Whether the next chunk is accepted. */
  accepts: () => boolean = () => true;
  /** Called within every call that carries bytes. */
  onBytes: () => void = () => {};
  #over = false;
  #peerGone = false;
  #drain: (() => void) | undefined;
  #resolve: () => void = () => {};

  constructor() {
    this.finishing = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get isFinished(): boolean {
    return this.calls.includes('finished');
  }

  get body(): string {
    return shown(...this.chunks);
  }

  writeHead(head: ResponseHead, chunk: Uint8Array | undefined, end: boolean): boolean {
    this.#expect(this.head === undefined, 'writeHead came twice');
    this.head = head;
    this.#take(`head ${head.status}${chunk === undefined ? '' : ` +${shown(chunk)}`}${end ? ' end' : ''}`, chunk);
    if (end) this.#over = true;
    return this.#answer();
  }

  write(chunk: Uint8Array): boolean {
    this.#expect(this.head !== undefined, 'write came before writeHead');
    this.#take(`write ${shown(chunk)}`, chunk);
    return this.#answer();
  }

  end(): void {
    this.#expect(this.head !== undefined, 'end came before writeHead');
    this.#take('end', undefined);
    this.#over = true;
  }

  abort(): void {
    this.#take('abort', undefined);
    this.#over = true;
  }

  onDrain(callback: () => void): void {
    this.#expect(this.#drain === undefined, 'onDrain came while another was waiting');
    this.#take('drain', undefined);
    this.#drain = callback;
  }

  earlyHints(headers: Header[]): void {
    this.#expect(this.head === undefined, 'earlyHints came after the head');
    this.hints.push(headers);
  }

  finished(): void {
    this.#expect(!this.isFinished, 'finished came twice');
    this.#expect(this.#over || this.#peerGone, 'finished came before the end');
    this.calls.push('finished');
    this.#resolve();
  }

  /** The wire has room again. */
  drain(): void {
    const callback = this.#drain;
    this.#drain = undefined;
    callback?.();
  }

  get waitsForDrain(): boolean {
    return this.#drain !== undefined;
  }

  /** From now on nothing but `finished` is allowed. */
  peerGone(): void {
    this.#peerGone = true;
  }

  #answer(): boolean {
    this.onBytes();
    return this.accepts();
  }

  #take(call: string, chunk: Uint8Array | undefined): void {
    this.#expect(!this.#over, `${call} came after the end`);
    this.#expect(!this.#peerGone, `${call} came after the peer had gone`);
    this.calls.push(call);
    if (chunk === undefined) return;
    this.#expect(chunk.byteLength > 0, `${call} carried no bytes`);
    this.chunks.push(chunk);
    this.sent += chunk.byteLength;
    const most = this.head?.contentLength ?? -1;
    this.#expect(most === -1 || this.sent <= most, `${this.sent} bytes were sent of ${most}`);
    this.#expect(this.head?.hasBody === true, `${call} carried a body where there is none`);
  }

  #expect(holds: boolean, breach: string): void {
    if (!holds) this.breaches.push(breach);
  }
}

/** One exchange over a `ScriptedWriter`. */
export class Conversation {
  readonly writer: ScriptedWriter = new ScriptedWriter();
  readonly environ: Environ;
  readonly exchange: Exchange;
  errors = '';

  constructor(app: App, request: TestRequest = {}) {
    this.environ = testEnviron(request, (text) => {
      this.errors += text;
    });
    this.exchange = new Exchange(app, this.environ, this.writer);
  }

  /** Calls the application; what it does at once has been done when this returns. */
  run(): this {
    this.exchange.run();
    return this;
  }

  /** The peer goes, as a backend would say it. */
  abort(reason: TsgiAbortError = new TsgiAbortError('the peer closed the connection')): void {
    if (!this.exchange.responseEnded) this.writer.peerGone();
    this.exchange.abort(reason);
  }

  /** Waits for the end of the teardown. */
  async finished(): Promise<this> {
    await this.writer.finishing;
    return this;
  }

  header(name: string): string | undefined {
    return this.writer.head?.headers.find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1];
  }
}

/** Calls an application and waits until all is torn down. */
export function converse(app: App, request: TestRequest = {}): Promise<Conversation> {
  return new Conversation(app, request).run().finished();
}

/** Lets all that is ready run: promises, and what they start. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** An application that is no `App`: for what JavaScript lets through. */
export function unchecked(app: (environ: Environ, startResponse: (...found: unknown[]) => never) => unknown): App {
  return app as unknown as App;
}
