import { writeSync } from 'node:fs';
import { serve } from '@tsgi/cgi-backend/program';
import { writeToStderr } from '@tsgi/transport/log';
import { guardStandardStreams, reserveStdout } from '../command-line/standard-streams.ts';
import { FAILED, failedApp, HEADERS, loaded, type Program } from './bundled-app.ts';

const STDOUT = 1;

/**
 * Answers the one request of this process: the entry of every file that `tsgi build-cgi` writes, bundled with the application
 * and with nothing that one request does not need. An application that does not load is a 500, and the reason in the log.
 */
export async function answer(program: Program): Promise<void> {
  guardStandardStreams();
  // What an application prints while it loads must not get into the response either.
  reserveStdout();
  const unfinished = answerWithoutApp(program.spec);
  const app = (await loaded(program)) ?? failedApp;
  unfinished();
  await serve(app, program.options);
}

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
