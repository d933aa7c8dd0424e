import { writeSync } from 'node:fs';
import type { Interface } from '@tsgi/adapters';
import type { ServeOptions } from '@tsgi/cgi-backend';
import { serve } from '@tsgi/cgi-backend/program';
import type { App } from '@tsgi/core';
import { describeError } from '@tsgi/core/program';
import { writeToStderr } from '@tsgi/transport/log';
import { guardStandardStreams, reserveStdout } from '../command-line/standard-streams.ts';
import { findIn, isBare, noApplication } from '../serving/load-app.ts';

/** What a file that `tsgi build-cgi` writes has to answer with. */
export interface Program {
  /** The application as it was named to the command, for the log. */
  readonly spec: string;
  /** The export that is the application. Default: `default`, or else `app`. */
  readonly name?: string;
  readonly interface?: Interface;
  readonly options: ServeOptions;
  load(): Promise<Record<string, unknown>>;
  /** Puts the application under the validator. */
  validated?(app: App): Promise<App>;
}

const STDOUT = 1;
const FAILED = '500 Internal Server Error';
const HEADERS = [['Content-Type', 'text/plain; charset=utf-8']] satisfies [string, string][];

/**
 * Answers the one request of this process: the entry of every file that `tsgi build-cgi` writes, bundled with the application
 * and with nothing that one request does not need. An application that does not load is a 500, and the reason in the log.
 */
export async function answer(program: Program): Promise<void> {
  guardStandardStreams();
  // What an application prints while it loads must not get into the response either.
  reserveStdout();
  const unfinished = answerWithoutApp(program.spec);
  const app = await loaded(program);
  unfinished();
  await serve(app, program.options);
}

async function loaded(program: Program): Promise<App> {
  const { spec } = program;
  try {
    const app = await appOf(program);
    return program.validated === undefined ? app : await program.validated(app);
  } catch (error) {
    writeToStderr(`tsgi: cannot load ${spec}: ${describeError(error)}\n`);
    return failedApp;
  }
}

async function appOf({ spec, name, interface: as, load }: Program): Promise<App> {
  const module = await load();
  const exported = name === undefined ? (module['default'] ?? module['app']) : module[name];
  if ((as === undefined || as === 'tsgi') && isBare(exported)) return exported;
  const found = await findIn(module, name, as);
  if (found !== undefined) return found.load();
  const { message } = await noApplication(spec, name, module, as);
  throw message;
}

const failedApp: App = (_environ, startResponse) => {
  startResponse(FAILED, HEADERS);
  return [Buffer.from(`${FAILED}\n`)];
};

/**
 * An application may end the process while it loads, or wait for what never comes: the web server gets an answer all the same.
 *
 * @returns what is called when it has loaded.
 */
function answerWithoutApp(spec: string): () => void {
  let why = 'it ended the process';
  const note = (): void => {
    why = 'it never finished loading';
  };
  const onExit = (): void => {
    writeToStderr(`tsgi: cannot load ${spec}: ${why}\n`);
    try {
      writeSync(
        STDOUT,
        `Status: ${FAILED}\r\n${HEADERS.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${FAILED}\n`,
      );
    } catch {
      // Nobody reads it.
    }
  };
  process.once('beforeExit', note);
  process.once('exit', onExit);
  return () => {
    process.off('beforeExit', note);
    process.off('exit', onExit);
  };
}
