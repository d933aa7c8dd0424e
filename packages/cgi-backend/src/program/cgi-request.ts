import type { App } from '@tsgi/core';
import { cgiRefusal, declaredLength, environFromVariables } from '@tsgi/core/program';
import { Exchange, logLine, RequestBody, type ServerTraits, TsgiAbortError, TsgiError } from '@tsgi/core/program';
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
  /** Resolves when the response is written and everything is torn down. */
  readonly done: Promise<void>;
  readonly #output: StandardOutput = new StandardOutput(this);
  #input: StandardInput | undefined;
  #body: RequestBody | undefined;
  #exchange: Exchange | undefined;
  #responseOver = false;
  #tornDown = false;
  #hasFailed = false;
  readonly #onResponseOver: (exitCode: number) => void;
  #resolve: () => void = () => {};

  /** @param onResponseOver gets the exit code that is due, as soon as the response is over: hooks may still run. */
  constructor(onResponseOver: (exitCode: number) => void) {
    this.#onResponseOver = onResponseOver;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** @param variables names and values alternate: the environment, as byte strings. */
  run(app: App, variables: readonly string[], settings: CgiSettings): void {
    try {
      const environ = environFromVariables(relevant(variables, settings.allowed), settings.traits);
      const expected = declaredLength(environ);
      if (expected === undefined ? hasTransferEncoding(variables) : expected > 0) {
        environ['tsgi.input'] = this.#takeBody(expected).input;
      }
      this.#exchange = new Exchange(app, environ, this.#output);
    } catch (error) {
      if (!(error instanceof TsgiError)) throw error;
      settings.log(`cgi: request refused: ${logLine(error.message)}\n`);
      // The body of a refused request is drained too, to its end: what its length says is in doubt.
      if (isSet(variables, 'CONTENT_LENGTH') || hasTransferEncoding(variables)) this.#takeBody(undefined);
      this.#output.write(Buffer.from(cgiRefusal(error), 'latin1'));
      this.#output.end();
      this.finished();
      return;
    }
    this.#exchange.run();
  }

  /** Whether the response is written or has failed: there is nothing to abort any more. */
  get isOver(): boolean {
    return this.#responseOver;
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
    this.#hasFailed = exitCode !== 0;
    this.#body?.discard();
    this.#onResponseOver(exitCode);
    this.#finishWhenDone();
  }

  #finishWhenDone(): void {
    if (this.#responseOver && this.#tornDown) void this.#finish();
  }

  async #finish(): Promise<void> {
    // A response that failed has no reader who could lose it.
    if (!this.#hasFailed) await this.#input?.drain();
    this.#input?.close();
    this.#resolve();
  }

  #takeBody(expected: number | undefined): RequestBody {
    const body = new RequestBody({ expected, onWanted: () => this.#input?.resume() });
    this.#input = new StandardInput(body, expected);
    this.#body = body;
    return body;
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
  return isSet(variables, 'HTTP_TRANSFER_ENCODING');
}

/** Unset and empty are one to CGI (RFC 3875 §4.1). */
function isSet(variables: readonly string[], name: string): boolean {
  const at = variables.indexOf(name);
  return at !== -1 && variables[at + 1] !== '';
}
