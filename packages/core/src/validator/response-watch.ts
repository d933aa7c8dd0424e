import { countedBytes } from '../contract/errors.ts';
import { isBytes, isPromiseLike } from '../body/body-iteration.ts';
import type { Bytes } from '../contract/contract.ts';
import { found } from './found.ts';
import type { SeenHead } from './head-checks.ts';
import type { Reporter } from './reporter.ts';

function ignore(): void {
  // The violation is what is reported.
}

function mend(chunk: unknown): string {
  if (typeof chunk === 'string') return 'encode it, with new TextEncoder().encode(text)';
  if (typeof chunk === 'number') return 'put the bytes in an array; iterating over them gives numbers';
  if (isPromiseLike(chunk)) return 'await it before it is yielded';
  if (chunk === undefined || chunk === null) return 'yield an empty Uint8Array where there is nothing to send';
  if (chunk instanceof Uint8Array) return 'copy it out of shared memory, with chunk.slice()';
  if (chunk instanceof ArrayBuffer) return 'write new Uint8Array(buffer)';
  if (ArrayBuffer.isView(chunk)) return 'write new Uint8Array(view.buffer, view.byteOffset, view.byteLength)';
  if (Array.isArray(chunk)) return 'yield its elements one by one';
  return 'the contract knows no other type';
}

function chunkFault(chunk: unknown): string {
  const shown = chunk instanceof Uint8Array ? 'a Uint8Array over a SharedArrayBuffer' : found(chunk);
  return `a chunk is ${shown}: expected a Uint8Array over an ArrayBuffer; ${mend(chunk)}`;
}

/**
 * The response of one request, as it is seen from between the application and its server: its head, how many bytes of
 * it went by, and which of the breaches that last were reported already.
 */
export class ResponseWatch {
  readonly #reporter: Reporter;
  readonly #isHead: boolean;
  readonly #peerIsGone: () => boolean;
  readonly #reported = new Set<string>();
  #head: SeenHead | undefined;
  #startCalled = false;
  #rethrown = false;
  #bytes = 0;
  #unconfirmed = false;
  #sent = false;
  #announcedNothing = false;

  constructor(reporter: Reporter, isHead: boolean, peerIsGone: () => boolean) {
    this.#reporter = reporter;
    this.#isHead = isHead;
    this.#peerIsGone = peerIsGone;
  }

  get startCalled(): boolean {
    return this.#startCalled;
  }

  /** A non-empty chunk was accepted, and the head with it (R68). */
  get headSent(): boolean {
    return this.#sent;
  }

  /** Nothing can have been sent, not even the head of an empty response (R68). */
  get headUnsent(): boolean {
    return !this.#sent && !this.#unconfirmed && !this.#announcedNothing;
  }

  /** `startResponse` was called, whatever comes of it (R65). */
  start(head: SeenHead | undefined): void {
    this.#startCalled = true;
    if (!this.#sent) this.#head = head;
  }

  /** The server has stored the head. */
  stored(): void {
    if (this.#head?.contentLength === 0) this.#announcedNothing = true;
  }

  /** `tsgi.send_head` has sent the head, or it was sent before (R103). */
  headWasSent(): void {
    this.#sent = true;
  }

  /** `startResponse` threw the application's own `excInfo` (R73). */
  rethrew(): void {
    this.#rethrown = true;
  }

  /** The application hands a chunk over, by `write` or in its body. */
  chunk(chunk: unknown): void {
    this.#checkOrder('handed over a chunk');
    if (!isBytes(chunk)) {
      // Nobody will ever await it.
      if (isPromiseLike(chunk)) Promise.resolve(chunk).then(undefined, ignore);
      this.#reporter.error('R5', 'app', chunkFault(chunk));
    } else if (chunk.byteLength > 0) {
      this.#bytes += chunk.byteLength;
      this.#unconfirmed = true;
      this.#checkContent(chunk);
    }
  }

  /** The server has taken the last chunk: it asks for the next one. */
  accepted(): void {
    if (!this.#unconfirmed) return;
    this.#unconfirmed = false;
    this.#sent = true;
  }

  /** The body is exhausted. */
  end(): void {
    this.#sent = true;
    this.#checkOrder('ended its body');
    const head = this.#head;
    if (head === undefined || this.#isHead || head.code === 204 || head.code === 304) return;
    if (this.#bytes < head.contentLength && !this.#peerIsGone()) {
      this.#once(
        'R81',
        `the body ended after ${countedBytes(this.#bytes)} and Content-Length is ${head.contentLength}: the peer waits for the rest; announce what is sent, or nothing`,
      );
    }
  }

  #checkOrder(deed: string): void {
    if (this.#rethrown && !this.#peerIsGone()) {
      this.#once(
        'R73',
        `startResponse threw the application's excInfo, for the head was sent, and the application went on and ${deed}: let it through, so that the server can cut the response off`,
      );
    }
    if (!this.#startCalled && !this.#peerIsGone()) {
      this.#once(
        'R6',
        `the application ${deed} and has not called startResponse: call it before the first chunk, an empty one too`,
      );
    }
  }

  #checkContent(chunk: Bytes): void {
    const head = this.#head;
    if (head === undefined) return;
    if (this.#isHead) {
      this.#suspect(
        'R84',
        `a body for HEAD: the server drops the ${countedBytes(chunk.byteLength)}; return [] and save the work`,
      );
    } else if (head.code === 204 || head.code === 304) {
      this.#once(
        'R85',
        `a ${head.code} has no body, found a chunk of ${countedBytes(chunk.byteLength)}: the server drops it; choose another status, or return []`,
      );
    } else {
      if (!head.hasContentType) {
        this.#suspect('R64', 'a body without a Content-Type: the recipient guesses its type; name it in startResponse');
      }
      if (head.contentLength !== -1 && this.#bytes > head.contentLength) {
        this.#once(
          'R80',
          `the response has ${countedBytes(this.#bytes)} by now and Content-Length is ${head.contentLength}: the server sends no more than announced; count bytes, not characters`,
        );
      }
    }
  }

  #once(rule: string, message: string): void {
    if (this.#reported.has(rule)) return;
    this.#reported.add(rule);
    this.#reporter.error(rule, 'app', message);
  }

  #suspect(rule: string, message: string): void {
    if (this.#reported.has(rule)) return;
    this.#reported.add(rule);
    this.#reporter.warning(rule, 'app', message);
  }
}
