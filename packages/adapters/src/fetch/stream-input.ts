import { type Bytes, type Environ, type Input, TsgiAbortError } from '@tsgi/core';
import { RequestBody } from '@tsgi/core/server';

/** The body of a fetch `Request` as `tsgi.input`; its stream is not touched before the application reads. */
export class StreamInput {
  readonly #stream: ReadableStream<Bytes>;
  readonly #body: RequestBody;
  #reader: ReadableStreamDefaultReader<Bytes> | undefined;
  #pumping = false;

  constructor(stream: ReadableStream<Bytes>, environ: Environ) {
    this.#stream = stream;
    const length = environ.CONTENT_LENGTH;
    this.#body = new RequestBody({
      expected: length === undefined ? undefined : Number(length),
      onWanted: () => void this.#pump(),
    });
  }

  get input(): Input {
    return this.#body.input;
  }

  async #pump(): Promise<void> {
    if (this.#pumping || this.#body.complete) return;
    this.#pumping = true;
    try {
      this.#reader ??= this.#stream.getReader();
      for (let more = true; more && !this.#body.complete;) {
        const step = await this.#reader.read();
        if (step.done) return this.#body.end();
        more = this.#body.push(step.value);
      }
    } catch (error) {
      this.#body.fail(new TsgiAbortError('the request body was cut short', { rule: 'R48', cause: error }));
    } finally {
      this.#pumping = false;
    }
  }

  /** The response is over: what the application has not read is nobody's. */
  discard(): void {
    if (!this.#body.complete) this.#reader?.cancel().catch(() => {});
    this.#body.discard();
  }
}
