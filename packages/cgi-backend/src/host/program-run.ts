import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Bytes } from '@tsgi/core';
import { Deadline } from '@tsgi/core/clock';
import { type AnswerSource, type BodySink, type CgiAnswer, gatewayError, type ProgramLog } from '@tsgi/core/forward';
import { drained } from '@tsgi/transport';
import { badGateway } from './bad-gateway.ts';
import { end, isRunning, type RunningProgram } from './launch.ts';

/** A program that closed its output and does not end has said all that it will: its exit code is not waited for longer. */
const EXIT_MS = 1000;

/** What a program may still write when nobody wants its answer, for it may do more than answer; then it is ended. */
const UNWANTED_BYTES = 1_048_576;

/**
 * A program that runs for one request. It is ended when the client goes, when it is late, and when it runs or writes on
 * after its answer is over.
 */
export class ProgramRun implements AnswerSource, BodySink {
  readonly #child: ChildProcess;
  readonly #input: Writable | null;
  readonly #output: Readable;
  readonly #stderr: Readable;
  /** How long it may run on when nobody waits for it any more, in milliseconds. */
  readonly #idleTimeout: number;
  #isUnwanted = false;
  #unwanted = 0;

  constructor({ child, input, output, log }: RunningProgram, idleTimeout: number) {
    this.#child = child;
    this.#input = input;
    this.#output = output;
    this.#stderr = log;
    this.#idleTimeout = idleTimeout;
  }

  begin(answer: CgiAnswer, log: ProgramLog): void {
    const child = this.#child;
    this.#output.on('data', (chunk: Buffer) => (this.#isUnwanted ? this.#discard(chunk) : answer.push(chunk)));
    this.#output.on('end', () => void this.#ended(answer, log));
    this.#stderr.on('data', (chunk: Buffer) => log.push(chunk));
    this.#stderr.on('end', () => log.end());
    child.on('error', (cause) =>
      answer.fail(badGateway('SPAWN_FAILED', `cannot run the program: ${cause.message}`, cause)),
    );
    // Others may have it open: what it left running in the background holds no descriptor of ours for ever.
    child.on('exit', () => this.#endAfterwards(() => this.#stderr.destroy(), this.#stderr, 'close'));
  }

  isClosed(): boolean {
    return this.#input === null || this.#input.destroyed;
  }

  write(chunk: Bytes): boolean {
    return this.#input?.write(chunk) ?? true;
  }

  drained(): Promise<void> {
    return this.#input === null ? Promise.resolve() : drained(this.#input);
  }

  finish(): void {
    this.#input?.end();
  }

  pause(): void {
    this.#output.pause();
  }

  resume(): void {
    this.#output.resume();
  }

  abandon(): void {
    end(this.#child);
    this.#input?.destroy();
    this.#output.destroy();
  }

  /** Lets the program come to its own end (a HEAD wants no body, yet its program does its work), within bounds. */
  unwanted(): void {
    this.#isUnwanted = true;
    this.#output.resume();
    this.#endAfterwards(() => end(this.#child), this.#child, 'exit');
  }

  #discard(chunk: Buffer): void {
    this.#unwanted += chunk.length;
    if (this.#unwanted > UNWANTED_BYTES) this.abandon();
  }

  /** The program has closed its output. What it failed with then does not unmake what it had said (as Apache has it). */
  async #ended(answer: CgiAnswer, log: ProgramLog): Promise<void> {
    const child = this.#child;
    if (isRunning(child)) {
      answer.awaitEnd();
      await exitWithin(child, EXIT_MS);
      // It goes on with something else, in its place among the programs that may run.
      if (isRunning(child)) this.#endAfterwards(() => end(child), child, 'exit');
    }
    const { exitCode, signalCode } = child;
    const failure = signalCode ?? (exitCode === null || exitCode === 0 ? undefined : `exit code ${exitCode}`);
    if (failure !== undefined && answer.hasHead) log.end(`[the program ended with ${failure}]\n`);
    if (!answer.begun) answer.end(silent(failure));
    else answer.end(signalCode === null ? undefined : cut(signalCode));
  }

  #endAfterwards(stop: () => void, emitter: ChildProcess | Readable, event: string): void {
    const deadline = new Deadline(stop);
    deadline.in(this.#idleTimeout);
    emitter.once(event, () => deadline.clear());
  }
}

function exitWithin(child: ChildProcess, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = new Deadline(resolve);
    deadline.in(milliseconds);
    child.once('exit', () => {
      deadline.clear();
      resolve();
    });
  });
}

/** 500, as of Apache, lighttpd and Go: there is no other server that a 502 could speak of, the program is this one's. */
function silent(failure: string | undefined): Error {
  const how = failure === undefined ? '' : `, with ${failure}`;
  return gatewayError('NO_OUTPUT', 500, `the program ended without any output${how}`);
}

function cut(signal: string): Error {
  return badGateway('PROGRAM_FAILED', `the program was ended by ${signal} within its answer`);
}
