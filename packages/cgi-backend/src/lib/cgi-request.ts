import { type App, type Environ, TsgiAbortError, TsgiError } from '@tsgi/core';
import { cgiRefusal, declaredLength, environFromVariables } from '@tsgi/core/cgi';
import { Exchange, RequestBody, type ServerTraits } from '@tsgi/core/gateway';
import { isMetaVariable } from './meta-variables.ts';
import { StandardInput } from './standard-input.ts';
import { type OutputOwner, StandardOutput } from './standard-output.ts';

/** What a CGI program needs besides its environment. */
export interface CgiSettings {
  readonly traits: ServerTraits;
  /** Names of variables that reach the environ although they say nothing of the request (R42). */
  readonly allowed: ReadonlySet<string>;
  readonly log: (text: string) => void;
}

/** The one request of a CGI program. */
export class CgiRequest implements OutputOwner {
  /** Resolves with the exit code that is due, when the response is written and everything is torn down. */
  readonly done: Promise<number>;
  readonly #output: StandardOutput = new StandardOutput(this);
  #input: StandardInput | undefined;
  #body: RequestBody | undefined;
  #exchange: Exchange | undefined;
  #responseOver = false;
  #tornDown = false;
  #exitCode = 0;
  #resolve: (exitCode: number) => void = () => {};

  constructor() {
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** @param variables names and values alternate: the environment, as byte strings. */
  run(app: App, variables: readonly string[], settings: CgiSettings): void {
    try {
      const environ = environFromVariables(relevant(variables, settings.allowed), settings.traits);
      this.#takeBody(environ, hasTransferEncoding(variables));
      this.#exchange = new Exchange(app, environ, this.#output);
    } catch (error) {
      if (!(error instanceof TsgiError)) throw error;
      settings.log(`cgi: request refused: ${error.message.replace(/[^\x20-\x7e]/g, '?')}\n`);
      this.#output.write(Buffer.from(cgiRefusal(error), 'latin1'));
      this.#output.end();
      this.finished();
      return;
    }
    this.#exchange.run();
  }

  /** The web server gave the request up. Does nothing once the response is written. */
  abort(reason: string): void {
    if (this.#responseOver) return;
    const error = new TsgiAbortError(reason);
    this.#exchange?.abort(error);
    this.#body?.fail(error);
    this.#endResponse(1);
    this.#output.close();
  }

  responseWritten(): void {
    this.#endResponse(0);
  }

  responseFailed(): void {
    this.#endResponse(1);
  }

  readerGone(): void {
    this.abort('the web server does not read the response any more');
  }

  finished(): void {
    this.#tornDown = true;
    this.#finishWhenDone();
  }

  #endResponse(exitCode: number): void {
    if (this.#responseOver) return;
    this.#responseOver = true;
    this.#exitCode = exitCode;
    this.#body?.discard();
    this.#finishWhenDone();
  }

  #finishWhenDone(): void {
    if (this.#responseOver && this.#tornDown) void this.#finish();
  }

  async #finish(): Promise<void> {
    // A response that failed has no reader who could lose it.
    if (this.#exitCode === 0) await this.#input?.drain();
    this.#input?.close();
    this.#resolve(this.#exitCode);
  }

  #takeBody(environ: Environ, toTheEnd: boolean): void {
    const expected = declaredLength(environ);
    if (expected === undefined ? !toTheEnd : expected === 0) return;
    const body = new RequestBody({ expected, onWanted: () => this.#input?.resume() });
    this.#input = new StandardInput(body, expected);
    this.#body = body;
    environ['tsgi.input'] = body.input;
  }
}

function relevant(variables: readonly string[], allowed: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < variables.length; index += 2) {
    const name = variables[index] ?? '';
    if (isMetaVariable(name) || allowed.has(name)) kept.push(name, variables[index + 1] ?? '');
  }
  return kept;
}

/**
 * Without CONTENT_LENGTH there is no body (RFC 3875 §4.1.2), but for a front end that passes a chunked one on: the length
 * is not known then and the body ends with the input. The variable itself never reaches the environ (R38).
 */
function hasTransferEncoding(variables: readonly string[]): boolean {
  const at = variables.indexOf('HTTP_TRANSFER_ENCODING');
  return at !== -1 && variables[at + 1] !== '';
}
