import type { App } from '@tsgi/core';
import { EXIT } from '../command-line/failure.ts';
import { logLine } from '../command-line/standard-streams.ts';
import type { Behind } from './behind.ts';
import type { Plan } from './plan.ts';
import { type Layer, pick } from '../settings/layers.ts';
import type { ListenSettings } from '../settings/settings.ts';
import type { Worker } from './worker.ts';

/**
 * Carries out a plan: answers one request as a CGI program, or serves until a signal.
 *
 * @param what is named in the banner.
 * @param worker this process is one: where it listens is the worker's, and so is the reload.
 * @param behind is reloaded and closed with it.
 * @returns the exit code. Under CGI the program has set its own.
 * @throws CommandFailure (exit 3) naming an address that cannot be had.
 */
export async function serveApp(
  app: App,
  what: string,
  plan: Plan,
  layer: Layer<ListenSettings>,
  worker?: Worker,
  behind?: Behind,
): Promise<number> {
  if (plan.type === 'cgi') return answerAsProgram(app, layer);
  const { serveListening } = await import('./serve-listening.ts');
  return serveListening([{ app, what, binds: worker?.binds ?? plan.binds, layer }], worker, behind);
}

async function answerAsProgram(app: App, { values: settings }: Layer<ListenSettings>): Promise<number> {
  if (process.env['REQUEST_METHOD'] === undefined && process.env['GATEWAY_INTERFACE'] === undefined) {
    logLine('CGI programs are started by a web server; tsgi request --backend cgi stands in for one');
  }
  const { serve } = await import('@tsgi/cgi-backend/program');
  const { onStrayError } = await import('./stray-errors.ts');
  let hasStrayed = false;
  // Its one request is answered all the same, as on the other wires; the web server bounds how long that takes.
  onStrayError(() => {
    hasStrayed = true;
    process.exitCode = EXIT.failed;
  });
  const program = await serve(app, pick(settings, ['scriptName', 'environ']));
  await program.closed;
  return hasStrayed ? EXIT.failed : EXIT.done;
}
