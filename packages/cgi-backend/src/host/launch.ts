import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { gatewayError } from '@tsgi/core/forward';
import { badGateway } from './bad-gateway.ts';

/** A program that was started, or whose `error` event will say that it was not. */
export interface RunningProgram {
  readonly child: ChildProcess;
  /** `null` for a request without a body. */
  readonly input: Writable | null;
  readonly output: Readable;
  readonly log: Readable;
}

/** The end that `kill` is followed by, for a program that does not heed it. */
const KILL_AFTER_MS = 2000;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Starts a program in a process group of its own. Nothing of the request is ever a shell's to read; one is started where
 * Node cannot pass a value's bytes on, and gets it as a variable (`restoringBytes`).
 *
 * @param variables byte strings.
 * @param hasBody otherwise standard input is empty.
 * @throws TsgiError 431 for an environment beyond the system's bounds, 503 without descriptors for another program.
 */
export function launch(
  file: string,
  args: readonly string[],
  folder: string,
  variables: ReadonlyMap<string, string>,
  hasBody: boolean,
): RunningProgram {
  const env: Record<string, string> = {};
  const escaped: string[] = [];
  for (const [name, value] of variables) {
    const text = asText(value);
    env[name] = text ?? escapeBytes(value);
    if (text === undefined) escaped.push(name);
  }
  const [command, list] = escaped.length === 0 ? [file, [...args]] : restoringBytes(escaped, variables, file, args);
  const child = start(command, list, folder, env, hasBody);
  const { stdin, stdout, stderr } = child;
  // Nothing but the child's own fate tells anything: what fails on a pipe must not end the server.
  for (const event of [child, stdin, stdout, stderr]) event?.on('error', () => {});
  // Node makes no pipes when it has run out of descriptors.
  if (!stdout || !stderr) throw gatewayError('NO_DESCRIPTORS', 503, 'no descriptors are left for another program');
  return { child, input: stdin, output: stdout, log: stderr };
}

function start(
  command: string,
  args: readonly string[],
  folder: string,
  env: Record<string, string>,
  hasBody: boolean,
): ChildProcess {
  try {
    return spawn(command, args, {
      cwd: folder,
      env,
      shell: false,
      detached: true,
      stdio: [hasBody ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
  } catch (cause) {
    const isTooBig = cause instanceof Error && 'code' in cause && cause.code === 'E2BIG';
    throw isTooBig
      ? gatewayError('ENVIRONMENT_TOO_BIG', 431, 'the request is more than a program can get as its environment', cause)
      : badGateway('SPAWN_FAILED', `cannot run the program: ${String(cause)}`, cause);
  }
}

/** Ends a program and all that it started: politely, then by force. */
export function end(child: ChildProcess): void {
  if (!isRunning(child)) return;
  signal(child, 'SIGTERM');
  const timer = setTimeout(() => signal(child, 'SIGKILL'), KILL_AFTER_MS);
  child.once('exit', () => clearTimeout(timer));
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  // Its number may belong to somebody else once it was waited for.
  if (child.pid === undefined || !isRunning(child)) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // The group is gone already.
  }
}

/** It was not waited for yet. */
export function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** The text whose UTF-8 a byte string is. */
function asText(byteString: string): string | undefined {
  if (!/[\x80-\xff]/.test(byteString)) return byteString;
  try {
    return utf8.decode(Buffer.from(byteString, 'latin1'));
  } catch {
    return undefined;
  }
}

/** For the `%b` of printf: all but printable ASCII in octal. */
function escapeBytes(byteString: string): string {
  return byteString.replace(
    /[^\x20-\x5b\x5d-\x7e]/g,
    (byte) => `\\0${byte.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

/** What a shell puts into the environment by itself. */
const OF_SHELLS = ['PWD', 'OLDPWD', 'SHLVL'];

/**
 * Node encodes an environment as UTF-8 and has no way to pass other bytes on (R94). A path or header may hold any: such
 * values go in escaped, and the system's shell turns them back before it becomes the program. The script that it gets is
 * made of our variables' names alone. The dot keeps line breaks at a value's end; in no encoding is it part of a character.
 */
function restoringBytes(
  names: readonly string[],
  variables: ReadonlyMap<string, string>,
  file: string,
  args: readonly string[],
): [string, string[]] {
  const lines = names.map((name) => `${name}="$(printf '%b.' "$${name}")"; ${name}="\${${name}%.}"`);
  for (const name of OF_SHELLS) if (!variables.has(name)) lines.push(`unset ${name}`);
  return ['/bin/sh', ['-c', `${lines.join('\n')}\nexec "$0" "$@"`, file, ...args]];
}
