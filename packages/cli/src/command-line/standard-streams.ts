import type { Writable } from 'node:stream';
import { writeToStderr } from '@tsgi/transport/log';
import { type CommandFailure, EXIT, firstLine } from './failure.ts';

/**
 * A log whose reader has died, or whose disk is full, must not end the process: whoever writes to standard error or output
 * from now on, the command, a backend or the application, loses what cannot be written, and no more. The streams are made
 * when they are first asked for, as Node does it: to make one costs a CGI program a millisecond.
 */
export function guardStandardStreams(): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const make = Object.getOwnPropertyDescriptor(process, name)?.get;
    if (make === undefined) continue;
    let stream: Writable | undefined;
    const guarded = (): Writable => {
      if (stream === undefined) {
        const made: Writable = make.call(process);
        made.on('error', () => {});
        stream = made;
      }
      return stream;
    };
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: guarded });
  }
}

/**
 * Keeps standard output for the answer: what an application or a config file prints goes to standard error. Node's `console`
 * stays with the stream that it found first.
 *
 * @returns what gives it back.
 */
export function reserveStdout(): () => void {
  const stdout = Object.getOwnPropertyDescriptor(process, 'stdout');
  Object.defineProperty(process, 'stdout', { configurable: true, get: () => process.stderr });
  return () => {
    if (stdout !== undefined) Object.defineProperty(process, 'stdout', stdout);
  };
}

/** One line of the log. What it quotes of others cannot make it look like two. */
export function logLine(text: string): void {
  writeToStderr(`tsgi: ${text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')}\n`);
}

/** One line, and below it the application's own frames, where there are more than the one that is in the line. */
export function logFailure({ message, frames }: Pick<CommandFailure, 'message' | 'frames'>): void {
  logLine(message.trim());
  if (frames.length < 2) return;
  for (const frame of frames) writeToStderr(`    at ${frame.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')}\n`);
}

/**
 * What the command was asked to print. That nobody reads it to its end, as in `tsgi check … | head`, is no failure; that it
 * cannot be written is one.
 */
export function print(text: string, stdout: Writable = process.stdout): void {
  stdout.write(text, (error) => {
    if (error === null || error === undefined || ('code' in error && error.code === 'EPIPE')) return;
    logLine(`cannot write to standard output: ${firstLine(error)}`);
    process.exitCode = EXIT.failed;
  });
}
