import { type Bytes, TsgiAbortError, type TsgiError } from '@tsgi/core';
import { RequestBody } from '@tsgi/core/server';

/** A body on its way to the application, STDIN or DATA, and what the connection has to know of it to pause itself. */
export class IncomingStream {
  readonly body: RequestBody;
  /** The application waits for bytes of it. */
  waiting = false;
  /** Bytes taken since the body asked for a pause: a connection that is shared cannot always grant one. */
  excess = 0;

  /** @param onWanted the application waits, or has made room. */
  constructor(expected: number | undefined, onWanted: () => void) {
    this.body = new RequestBody({
      expected,
      onWanted: () => {
        this.waiting = !this.body.complete;
        this.excess = 0;
        onWanted();
      },
    });
  }

  /** @returns false when the wire should pause. */
  push(chunk: Bytes): boolean {
    this.waiting = false;
    if (this.body.push(chunk)) return true;
    this.excess += chunk.byteLength;
    return false;
  }

  end(): void {
    this.waiting = false;
    this.excess = 0;
    this.body.end();
  }

  fail(error: TsgiError): void {
    this.waiting = false;
    this.excess = 0;
    this.body.fail(error);
  }

  /** The connection ended, and no empty record had ended the stream: what is missing is missing (R48). */
  cut(): void {
    this.fail(new TsgiAbortError('the web server closed the connection within the body', { code: 'BODY_TRUNCATED' }));
  }

  discard(): void {
    this.waiting = false;
    this.excess = 0;
    this.body.discard();
  }
}
