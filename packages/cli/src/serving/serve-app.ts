import type { App } from '@tsgi/core';
import type { Plan } from './plan.ts';
import type { ListenSettings } from '../settings/settings.ts';

/**
 * Carries out a plan: answers one request as a CGI program, or serves until a signal.
 *
 * @param what is named in the banner.
 * @throws CommandFailure (exit 3) naming an address that cannot be had.
 */
export async function serveApp(app: App, what: string, plan: Plan, settings: Partial<ListenSettings>): Promise<void> {
  if (plan.type === 'cgi') {
    if (process.env['REQUEST_METHOD'] === undefined && process.env['GATEWAY_INTERFACE'] === undefined) {
      process.stderr.write(
        'tsgi: CGI programs are started by a web server; tsgi request --backend cgi stands in for one\n',
      );
    }
    const { serve } = await import('@tsgi/cgi-backend');
    const { scriptName } = settings;
    const program = await serve(app, scriptName === undefined ? {} : { scriptName });
    await program.closed;
    return;
  }
  const { startServers } = await import('./start-servers.ts');
  const { writeBanner } = await import('./banner.ts');
  const { runUntilStopped } = await import('./run-until-stopped.ts');
  const { reloadAtHangup } = await import('./reload-at-hangup.ts');
  const servers = await startServers(app, plan.binds, settings);
  await reloadAtHangup(servers, settings);
  // First of all it heeds signals: who reads the banner may send one at once.
  const stopped = runUntilStopped(servers, settings.grace);
  writeBanner(
    what,
    servers.map((server) => server.address),
  );
  await stopped;
}
