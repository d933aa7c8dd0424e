import { type App, type RunningServer, TsgiError } from '@tsgi/core';
import { formatAddress } from '@tsgi/transport';
import type { Bind } from './bind.ts';
import { startError, usageError } from './failure.ts';
import { httpSettings } from './http-settings.ts';
import { pick } from './pick.ts';
import type { ListenSettings } from './settings.ts';

/**
 * Starts a server at every address, or none: when one cannot start, those before it are closed.
 *
 * @throws CommandFailure (exit 3) naming the address; (exit 2) for a limit that makes no sense.
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
    if (error instanceof RangeError) throw usageError(error.message);
    if (error instanceof TsgiError) throw startError(error.message, error);
    throw error;
  }
  return servers;
}

/** Each backend is loaded when its scheme is asked for: the others cost nothing. */
async function startServer(app: App, bind: Bind, settings: Partial<ListenSettings>): Promise<RunningServer> {
  const { address, scheme } = bind;
  const common = { address, ...pick(settings, ['scriptName', 'maxConnections']) };
  switch (scheme) {
    case 'http': {
      const { serve } = await import('@tsgi/http-backend');
      return serve(app, { ...common, ...pick(settings, Object.keys(httpSettings) as (keyof typeof httpSettings)[]) });
    }
    case 'fcgi': {
      const { serve } = await import('@tsgi/fcgi-backend');
      return serve(app, { ...common, ...pick(settings, ['roles', 'halfClose']) });
    }
    case 'scgi': {
      const { serve } = await import('@tsgi/scgi-backend');
      const lenient = Object.fromEntries((settings.lenient ?? []).map((name) => [name, true]));
      return serve(app, { ...common, lenient });
    }
    default:
      throw startError(`cannot listen on ${formatAddress(scheme, address)}: this version has no TLS`);
  }
}
