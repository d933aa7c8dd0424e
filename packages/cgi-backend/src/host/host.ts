import type { ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';
import type { App, Environ } from '@tsgi/core';
import {
  CgiAnswer,
  type ForwardedBody,
  forwardedBody,
  type ForwardOptions,
  forwardSettings,
  type ForwardSettings,
  gatewayError,
  passOnAnswer,
  ProgramLog,
  sendBody,
} from '@tsgi/core/forward';
import { openSpoolFile, Root } from '@tsgi/transport/files';
import { childEnvironment, type EnvironmentSettings } from './child-environment.ts';
import { findProgram, type Program, type ProgramRoot } from './find-program.ts';
import { launch, type RunningProgram } from './launch.ts';
import { ProgramRun } from './program-run.ts';

/** Which programs are hosted and how: `GatewayOptions` without what all gateways have. */
export interface ProgramSettings {
  readonly program: string | undefined;
  readonly root: string | undefined;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly authorization: boolean;
  readonly maxProcesses: number;
}

interface HostSettings extends ForwardSettings, EnvironmentSettings {
  readonly program: string | undefined;
  readonly root: ProgramRoot | undefined;
  readonly args: readonly string[];
  /** How many programs may still be started. */
  readonly slots: { free: number };
}

/** An application that runs a program for each request. */
export function host(options: ForwardOptions, programs: ProgramSettings): App {
  const { root } = programs;
  const settings: HostSettings = {
    ...forwardSettings(options, openSpoolFile),
    program: programs.program,
    root: root === undefined ? undefined : { folder: root, files: new Root(root) },
    args: programs.args,
    env: programs.env,
    authorization: programs.authorization,
    slots: { free: programs.maxProcesses },
  };
  const app: App = async (environ, startResponse) => {
    const program = await programFor(environ, settings);
    return passOnAnswer(await run(program, environ, settings), environ, startResponse, app, settings);
  };
  return app;
}

async function programFor(environ: Environ, { program, root }: HostSettings): Promise<Program> {
  if (root !== undefined) return findProgram(root, environ);
  return { file: program ?? '', scriptName: environ.SCRIPT_NAME, pathInfo: environ.PATH_INFO, root: undefined };
}

async function run(program: Program, environ: Environ, settings: HostSettings): Promise<CgiAnswer> {
  const body = await forwardedBody(environ, settings);
  try {
    const running = start(program, environ, body, settings);
    return answerOf(running, environ, body, settings);
  } finally {
    body.release();
  }
}

function start(program: Program, environ: Environ, body: ForwardedBody, settings: HostSettings): RunningProgram {
  const { slots, args } = settings;
  const hasBody = (body.length ?? 0) > 0;
  const variables = childEnvironment(environ, program, body.length, settings);
  if (slots.free <= 0) throw gatewayError('TOO_MANY_PROGRAMS', 503, 'too many CGI programs run already');
  const { file } = program;
  const running = launch(file, args, dirname(file), variables, hasBody);
  occupy(slots, running.child);
  return running;
}

function answerOf(running: RunningProgram, environ: Environ, body: ForwardedBody, settings: HostSettings): CgiAnswer {
  const run = new ProgramRun(running, settings.idleTimeout);
  const answer = new CgiAnswer(run, environ, settings);
  run.begin(answer, new ProgramLog(environ['tsgi.errors']));
  if (running.input !== null) sendBody(body, run, answer);
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
