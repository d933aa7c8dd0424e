import { type App, type RunningServer, TsgiError } from '@tsgi/core';
import type { Bind } from '../settings/bind.ts';
import { usageError } from '../command-line/failure.ts';
import { type HttpSettings, httpSettings } from '../settings/http-settings.ts';
import { pick } from '../settings/pick.ts';
import type { ListenSettings } from '../settings/settings.ts';
import { startFailure } from './start-failure.ts';

/**
 * Starts a server at every address, or none: when one cannot start, those before it are closed.
 *
 * @throws CommandFailure (exit 3) naming the address or the file; (exit 2) for a limit or a peer that makes no sense.
 */
export async function startServers(
  app: App,
  binds: readonly Bind[],
  settings: Partial<ListenSettings>,
): Promise<RunningServer[]> {
  const servers: RunningServer[] = [];
  try {
    for (const bind of binds) servers.push(await startServer(app, bind, settings));
  } catch (error) {
    await Promise.all(servers.map((server) => server.close({ grace: 0 })));
    // The one behind those that started.
    throw failureAt(binds[servers.length], error);
  }
  return servers;
}

/** What ends the command when `bind` cannot be served. */
function failureAt(bind: Bind | undefined, error: unknown): unknown {
  if (error instanceof RangeError || isBadPeer(error)) return usageError(error.message);
  return error instanceof TsgiError && bind !== undefined ? startFailure(error, bind) : error;
}

function isBadPeer(error: unknown): error is TsgiError {
  return error instanceof TsgiError && error.code === 'BAD_TRUSTED_PEER';
}

/** Each backend is loaded when its scheme is asked for: the others cost nothing. */
async function startServer(app: App, bind: Bind, settings: Partial<ListenSettings>): Promise<RunningServer> {
  const { address, scheme } = bind;
  const { reusePort = false } = settings;
  // Who shares the port serves the same application in another process.
  const common = { address, reusePort, multiprocess: reusePort, ...pick(settings, ['scriptName', 'maxConnections']) };
  switch (scheme) {
    case 'http':
    case 'https': {
      const { serve } = await import('@tsgi/http-backend');
      const http = pick(settings, Object.keys(httpSettings) as (keyof HttpSettings)[]);
      if (scheme === 'http') return serve(app, { ...common, ...http });
      const { loadTls } = await import('./load-tls.ts');
      return serve(app, { ...common, ...http, tls: loadTls(settings) });
    }
    case 'fcgi': {
      const { serve } = await import('@tsgi/fcgi-backend');
      return serve(app, { ...common, ...pick(settings, ['roles', 'halfClose']) });
    }
    default: {
      const { serve } = await import('@tsgi/scgi-backend');
      const lenient = Object.fromEntries((settings.lenient ?? []).map((name) => [name, true]));
      return serve(app, { ...common, lenient });
    }
  }
}
