import { type App, type RunningServer, TsgiError } from '@tsgi/core';
import type { Observing } from '../observing/observing.ts';
import type { Bind } from '../settings/bind.ts';
import { type CommandFailure, usageError } from '../command-line/failure.ts';
import { type Layer, sourceOf } from '../settings/layers.ts';
import type { ListenSettings } from '../settings/settings.ts';
import { wireNamed } from '../settings/wires.ts';
import { startFailure } from './start-failure.ts';

/**
 * Starts a server at every address, or none: when one cannot start, those before it are closed.
 *
 * @param observing watches them.
 * @param isWorker other processes serve the same application at the same addresses.
 * @throws CommandFailure (exit 3) naming the address or the file; (exit 2) for a limit or a peer that makes no sense.
 */
export async function startServers(
  app: App,
  binds: readonly Bind[],
  layer: Layer<ListenSettings>,
  isWorker = false,
  observing?: Observing,
): Promise<RunningServer[]> {
  const { scriptName, reusePort = false } = layer.values;
  const servers: RunningServer[] = [];
  try {
    for (const { scheme, address } of binds) {
      // Who shares the port serves the same application in another process.
      const common = {
        address,
        reusePort,
        multiprocess: reusePort || isWorker,
        ...(observing === undefined ? undefined : { observer: observing.observer(scheme) }),
      };
      const options = scriptName === undefined ? common : { ...common, scriptName };
      const server = await wireNamed(scheme)?.listen?.(app, options, layer);
      if (server !== undefined) servers.push(server);
    }
  } catch (error) {
    await Promise.all(servers.map((server) => server.close({ grace: 0 })));
    // The one behind those that started.
    throw failureAt(binds[servers.length], error, layer);
  }
  return servers;
}

/** What ends the command when `bind` cannot be served. */
function failureAt(bind: Bind | undefined, error: unknown, layer: Layer<ListenSettings>): unknown {
  if (error instanceof RangeError) return badOption(error.message, layer);
  if (!(error instanceof TsgiError)) return error;
  if (error.code === 'BAD_TRUSTED_PEER') {
    return usageError(`${sourceOf('trustedPeers', layer)}: ${error.message}`);
  }
  if (bind === undefined) return error;
  const failure = startFailure(error, bind);
  failure.message = named(failure.message, layer);
  return failure;
}

function badOption(message: string, layer: Layer<ListenSettings>): CommandFailure {
  // Milliseconds are the API's; here it is a duration.
  return usageError(named(message, layer).replace('a number above 0, in milliseconds', 'a duration above 0'));
}

/** A backend names its option, as in `headSize: expected …`; who reads this knows the flag, the variable or the key. */
function named(message: string, layer: Layer<ListenSettings>): string {
  const [, option = '', rest = ''] = /^(\w+)(:.*)$/s.exec(message) ?? [];
  return option in layer.values ? sourceOf(option as keyof ListenSettings, layer) + rest : message;
}
