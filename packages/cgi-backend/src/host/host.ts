import type { ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';
import type { App, Body, Environ, StartResponse } from '@tsgi/core';
import {
  type AnswerTimeouts,
  forwardedBody,
  gatewayError,
  passOnAnswer,
  type RedirectSettings,
} from '@tsgi/core/forward';
import { findProgram, type Program } from './find-program.ts';
import { launch } from './launch.ts';
import { ProgramAnswer } from './program-answer.ts';
import { childEnvironment, type EnvironmentSettings } from './child-environment.ts';
import { StderrLog } from './stderr-log.ts';

/** `GatewayOptions` with their defaults. */
export interface GatewaySettings extends AnswerTimeouts, EnvironmentSettings, RedirectSettings {
  readonly program: string | undefined;
  readonly root: string | undefined;
  readonly args: readonly string[];
  /** How many programs may still be started. */
  readonly slots: { free: number };
  readonly maxBody: number;
  readonly maxSpool: number;
}

/** Answers one request by running a program. */
export async function host(environ: Environ, startResponse: StartResponse, settings: GatewaySettings): Promise<Body> {
  const program = await programFor(environ, settings);
  const answer = await run(program, environ, settings);
  const gateway: App = (target, start) => host(target, start, settings);
  return passOnAnswer(answer, environ, startResponse, gateway, settings);
}

async function programFor(environ: Environ, settings: GatewaySettings): Promise<Program> {
  const { program, root } = settings;
  if (root !== undefined) return findProgram(root, environ);
  return { file: program ?? '', scriptName: environ.SCRIPT_NAME, pathInfo: environ.PATH_INFO, root: undefined };
}

async function run(program: Program, environ: Environ, settings: GatewaySettings): Promise<ProgramAnswer> {
  const { slots } = settings;
  const body = await forwardedBody(environ, settings.maxBody, settings.maxSpool);
  const hasBody = (body.length ?? 0) > 0;
  const variables = childEnvironment(environ, program, hasBody ? body.length : undefined, settings);
  if (slots.free <= 0) throw gatewayError('TOO_MANY_PROGRAMS', 503, 'too many CGI programs run already');
  const { file } = program;
  const running = launch(file, settings.args, dirname(file), variables, hasBody);
  occupy(slots, running.child);
  const log = new StderrLog(environ['tsgi.errors']);
  running.log.on('data', (chunk: Buffer) => log.write(chunk));
  running.log.on('end', () => log.end());
  const answer = new ProgramAnswer(running, environ['tsgi.signal'], settings);
  if (hasBody) answer.send(body.chunks);
  return answer;
}

/** Until the program is gone, or has turned out never to have run. */
function occupy(slots: { free: number }, child: ChildProcess): void {
  let occupied = true;
  const release = (): void => {
    if (occupied) slots.free++;
    occupied = false;
  };
  slots.free--;
  child.once('exit', release);
  child.once('error', release);
}
