import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { Reception, type Channel, type Ending } from './channel.ts';
import type { ProgramTarget } from './target.ts';

function isUtf8(byteString: string): boolean {
  const bytes = Buffer.from(byteString, 'latin1');
  return bytes.equals(Buffer.from(bytes.toString('utf8'), 'utf8'));
}

function octal(byteString: string): string {
  return [...Buffer.from(byteString, 'latin1')].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

/**
 * Node encodes the environment of a child as UTF-8, so a byte that is not part of UTF-8 (R94) is made by the shell.
 *
 * @returns the environment that Node can pass, and the command that adds the rest.
 */
function splitEnvironment(
  target: ProgramTarget,
  variables: readonly (readonly [string, string])[],
): { command: readonly [string, ...string[]]; env: Record<string, string> } {
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    TSGI_CONFORMANCE_STORE: target.store,
  };
  const assignments: string[] = [];
  for (const [name, value] of variables) {
    if (isUtf8(value)) env[name] = Buffer.from(value, 'latin1').toString('utf8');
    else assignments.push(`"${name}=$(printf '${octal(value)}')"`);
  }
  if (assignments.length === 0) return { command: target.command, env };
  return { command: ['/bin/sh', '-c', `exec env ${assignments.join(' ')} "$@"`, 'sh', ...target.command], env };
}

/** One run of a CGI program: meta-variables in its environment, the body on its standard input. */
export class ProgramChannel implements Channel {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #reception: Reception;
  #log = '';
  #left = false;
  #written = 0;

  private constructor(child: ChildProcessWithoutNullStreams, patience: number) {
    this.#child = child;
    this.#reception = new Reception(patience);
    child.stdout.on('data', (chunk: Buffer) => this.#reception.push(chunk));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text;
    });
    // The program may end without having read what we send.
    child.stdin.on('error', () => {});
    child.on('error', () => this.#reception.end('failed'));
    child.on('close', (status) => this.#reception.end(status === 0 ? 'orderly' : 'failed'));
  }

  static open(
    target: ProgramTarget,
    variables: readonly (readonly [string, string])[],
    patience: number,
  ): Promise<ProgramChannel> {
    const { command, env } = splitEnvironment(target, variables);
    const [program, ...parameters] = command;
    const child = spawn(program, parameters, { env, stdio: 'pipe' });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => resolve(new ProgramChannel(child, patience)));
    });
  }

  get ending(): Ending {
    return this.#reception.ending;
  }

  get received(): Buffer {
    return this.#reception.received;
  }

  get receivedLength(): number {
    return this.#reception.length;
  }

  get log(): string {
    return this.#log;
  }

  get accepted(): number {
    // A pipe has no bytesWritten in Node's types: what is queued is what the system has not taken.
    return this.#written - this.#child.stdin.writableLength;
  }

  send(bytes: Uint8Array | string): void {
    if (!this.#child.stdin.writable) return;
    const sent = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
    this.#written += sent.byteLength;
    this.#child.stdin.write(sent);
  }

  finish(): void {
    this.#child.stdin.end();
  }

  pause(): void {
    this.#child.stdout.pause();
  }

  resume(): void {
    this.#child.stdout.resume();
  }

  leave(): void {
    this.#left = true;
    this.#child.stdin.destroy();
    this.#child.stdout.destroy();
  }

  close(): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    // A program that was left may still tear down: it ends by itself, and is ended only if it does not.
    if (this.#left) setTimeout(() => this.#child.kill('SIGKILL'), 2000).unref();
    else this.#child.kill('SIGKILL');
  }

  until(condition: () => boolean): Promise<boolean> {
    return this.#reception.until(condition);
  }
}
