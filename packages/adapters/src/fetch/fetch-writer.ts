import type { Bytes } from '@tsgi/core';
import type { ResponseHead, ResponseWriter } from '@tsgi/core/server';

/** Bytes that wait for a reader of the answer before the application is asked to pause. */
const HIGH_WATER = 65_536;
/** The platform's `Response` goes no further. */
const HIGHEST_STATUS = 599;

/** Makes a `Response` of what an application sends: whole where it came whole, else with a stream as its body. */
export class FetchWriter implements ResponseWriter {
  /** Resolves with the head. */
  readonly response: Promise<Response>;
  /** Resolves when everything is torn down (R98). */
  readonly done: Promise<void>;
  isDone = false;
  /** Called when nobody wants the rest of the answer. */
  onCancel: (() => void) | undefined;
  #resolveResponse: (response: Response) => void = () => {};
  #resolveDone: () => void = () => {};
  #controller: ReadableStreamDefaultController<Bytes> | undefined;
  #onDrain: (() => void) | undefined;

  constructor() {
    this.response = new Promise((resolve) => {
      this.#resolveResponse = resolve;
    });
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
  }

  writeHead(head: ResponseHead, chunk: Bytes | undefined, end: boolean): boolean {
    // R85 has no 205, fetch has: it is without a body.
    const hasBody = head.hasBody && head.code !== 205;
    if (end) this.#answer(head, hasBody && chunk !== undefined ? new Uint8Array(chunk) : null);
    else if (hasBody) this.#answer(head, this.#stream());
    else this.#answer(head, null);
    return end || chunk === undefined ? true : this.write(chunk);
  }

  #answer(head: ResponseHead, body: ReadableStream<Bytes> | Uint8Array<ArrayBuffer> | null): void {
    if (head.code > HIGHEST_STATUS) {
      this.#resolveResponse(new Response(`500: a Response has no status ${head.code}\n`, { status: 500 }));
      return;
    }
    const headers = new Headers();
    for (const [name, value] of head.headers) headers.append(name, value);
    const statusText = head.status.slice(4);
    this.#resolveResponse(new Response(body, { status: head.code, statusText, headers }));
  }

  #stream(): ReadableStream<Bytes> {
    return new ReadableStream<Bytes>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          const onDrain = this.#onDrain;
          this.#onDrain = undefined;
          onDrain?.();
        },
        cancel: () => {
          this.#controller = undefined;
          this.onCancel?.();
        },
      },
      { highWaterMark: HIGH_WATER, size: (chunk) => chunk.byteLength },
    );
  }

  write(chunk: Bytes): boolean {
    const controller = this.#controller;
    if (controller === undefined) return true;
    controller.enqueue(chunk);
    return (controller.desiredSize ?? 0) > 0;
  }

  end(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }

  /** An error of the stream: no host takes the answer for complete. */
  abort(): void {
    this.#controller?.error(new Error('the application failed after its head was sent'));
    this.#controller = undefined;
  }

  onDrain(callback: () => void): void {
    this.#onDrain = callback;
  }

  finished(): void {
    // The client left before there was an answer: somebody may wait for one all the same.
    this.#resolveResponse(new Response(null, { status: 499, statusText: 'Client Closed Request' }));
    this.#controller?.error(new Error('the client has left'));
    this.#controller = undefined;
    this.isDone = true;
    this.#resolveDone();
  }
}
