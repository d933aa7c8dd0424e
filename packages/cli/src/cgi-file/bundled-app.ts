import type { Interface } from '@tsgi/adapters';
import type { ServeOptions } from '@tsgi/cgi-backend';
import type { App } from '@tsgi/core';
import { describeError } from '@tsgi/core/program';
import { writeToStderr } from '@tsgi/transport/log';
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

/** As the web server is told it, for what keeps an application from answering. */
export const FAILED = '500 Internal Server Error';
export const HEADERS: [string, string][] = [['Content-Type', 'text/plain; charset=utf-8']];

/** The application of a file; of one that does not load the reason goes to the log. */
export async function loaded(program: Program): Promise<App | undefined> {
  const { spec } = program;
  try {
    const app = await appOf(program);
    return program.validated === undefined ? app : await program.validated(app);
  } catch (error) {
    writeToStderr(`tsgi: cannot load ${spec}: ${describeError(error)}\n`);
    return undefined;
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

/** What answers in place of an application that has not loaded. */
export const failedApp: App = (_environ, startResponse) => {
  startResponse(FAILED, HEADERS);
  return [Buffer.from(`${FAILED}\n`)];
};
