import type { App } from '@tsgi/core';
import { EXIT } from '../command-line/failure.ts';
import { logLine } from '../command-line/standard-streams.ts';
import type { Plan } from './plan.ts';
import { type Layer, pick } from '../settings/layers.ts';
import type { ListenSettings } from '../settings/settings.ts';
import type { ServiceManager } from './service-manager.ts';
import type { Worker } from './worker.ts';

/**
 * Carries out a plan: answers one request as a CGI program, or serves until a signal.
 *
 * @param what is named in the banner.
 * @param worker this process is one: where it listens is the worker's, and so is the reload.
 * @returns the exit code. Under CGI the program has set its own.
 * @throws CommandFailure (exit 3) naming an address that cannot be had.
 */
export async function serveApp(
  app: App,
  what: string,
  plan: Plan,
  layer: Layer<ListenSettings>,
  worker?: Worker,
): Promise<number> {
  const { values: settings } = layer;
  if (plan.type === 'cgi') {
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
  const { startServers } = await import('./start-servers.ts');
  const { writeBanner } = await import('./banner.ts');
  const { sayHttp2Caution } = await import('./http2-caution.ts');
  const { runUntilStopped } = await import('./run-until-stopped.ts');
  const { reloadAtHangup } = await import('./reload-at-hangup.ts');
  const manager = await managerOf(process.env);
  const servers = await startServers(app, worker?.binds ?? plan.binds, layer, worker !== undefined);
  // A terminal that hangs up tells all processes of a group: who reloads them is the one that started them.
  if (worker !== undefined) process.on('SIGHUP', () => {});
  else await reloadAtHangup(servers, layer, manager);
  // First of all it heeds signals: who reads the banner may send one at once.
  const stopped = runUntilStopped(servers, settings.grace, worker);
  if (worker === undefined) {
    sayHttp2Caution(plan.binds, settings);
    writeBanner(
      what,
      servers.map((server) => server.address),
    );
  }
  if (manager !== undefined) {
    manager.ready();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => manager.stopping());
  }
  return await stopped;
}

/** Whoever waits to be told that this process serves; hardly ever anybody. */
export async function managerOf(variables: NodeJS.ProcessEnv): Promise<ServiceManager | undefined> {
  if (variables['NOTIFY_SOCKET'] === undefined) return undefined;
  const { serviceManager } = await import('./service-manager.ts');
  return serviceManager(variables);
}
