import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Bytes, TsgiError } from '@tsgi/core';
import { type AnswerTimeouts, CgiAnswer } from '@tsgi/core/forward';
import { badGateway } from './bad-gateway.ts';
import { end, type RunningProgram } from './launch.ts';
import { sendBody } from './send-body.ts';

/** A program that closed its output and does not end has said all that it will: its exit code is not waited for longer. */
const EXIT_MS = 1000;

/** What a program may still write when nobody wants its answer, for it may do more than answer; then it is ended. */
const UNWANTED_BYTES = 1_048_576;

/**
 * A program's answer. Owns the program: it is ended when the client goes, when it is late, and when it writes on after
 * nobody wants it.
 */
export class ProgramAnswer extends CgiAnswer {
  readonly #child: ChildProcess;
  readonly #input: Writable | null;
  readonly #output: Readable;
  readonly #chunks: AsyncIterator<Bytes>;
  readonly #idleTimeout: number;

  constructor({ child, input, output }: RunningProgram, signal: AbortSignal, timeouts: AnswerTimeouts) {
    const chunks: AsyncIterator<Bytes> = output.iterator({ destroyOnReturn: false });
    const stop = (): void => {
      end(child);
      output.destroy();
    };
    super(chunks, stop, signal, timeouts);
    this.#child = child;
    this.#input = input;
    this.#output = output;
    this.#chunks = chunks;
    this.#idleTimeout = timeouts.idleTimeout;
    child.on('error', (cause) =>
      this.fail(badGateway('SPAWN_FAILED', `cannot run the program: ${cause.message}`, cause)),
    );
  }

  /** Sends the request body beside the answer, which may begin before its end. */
  send(body: Iterable<Bytes> | AsyncIterable<Bytes>): void {
    if (this.#input === null) return;
    // The client's body was cut short: what the program makes of the half must not pass for an answer.
    sendBody(body, this.#input, () => this.requestProgressed()).catch((error: unknown) => this.fail(error));
  }

  protected override readError(cause: unknown): TsgiError {
    return badGateway('OUTPUT_FAILED', 'the output of the program cannot be read', cause);
  }

  protected override async finish(missing: number | undefined): Promise<void> {
    if (missing !== undefined) {
      this.close();
      throw badGateway('ANSWER_TRUNCATED', `the answer ended ${missing} bytes short of its Content-Length`);
    }
    await this.#exit();
    this.close();
    const { exitCode, signalCode } = this.#child;
    if (signalCode !== null || (exitCode !== null && exitCode !== 0)) {
      throw badGateway('PROGRAM_FAILED', `the program failed after its head: ${signalCode ?? `exit code ${exitCode}`}`);
    }
  }

  protected override release(hasFailed: boolean): void {
    if (!hasFailed && !this.#output.readableEnded) void this.#discard();
  }

  async #exit(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, EXIT_MS);
      child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Lets the program come to its own end (a HEAD wants no body, yet its program does its work), within bounds. */
  async #discard(): Promise<void> {
    let unwanted = 0;
    const timer = setTimeout(() => end(this.#child), this.#idleTimeout);
    this.#child.once('exit', () => clearTimeout(timer));
    // As long as the iterator listens, nothing flows.
    await this.#chunks.return?.();
    this.#output.on('data', (chunk: Buffer) => {
      unwanted += chunk.length;
      if (unwanted <= UNWANTED_BYTES) return;
      end(this.#child);
      this.#output.destroy();
    });
    this.#output.resume();
  }
}
