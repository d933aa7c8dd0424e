import { TsgiError } from '@tsgi/core';
import type { ProgramGatewayOptions } from '@tsgi/fcgi-backend';
import { type ProcessManager, processManager } from '@tsgi/supervisor';
import { EXIT, startError, usageError } from '../command-line/failure.ts';
import { logLine } from '../command-line/standard-streams.ts';
import { checkObserving } from '../observing/check-observing.ts';
import { makePlan } from '../serving/plan.ts';
import { refuseDisobeyed } from '../serving/refuse-disobeyed.ts';
import { serveApp } from '../serving/serve-app.ts';
import { programSettings, settingsOf } from '../settings/destinations.ts';
import type { GatewaySettings } from '../settings/gateway-settings.ts';
import { type Layer, pick, sourceOf } from '../settings/layers.ts';
import { gatewayApp } from './gateway-app.ts';
import { refuseUnforwarded } from './refuse-unforwarded.ts';

/**
 * `tsgi gateway --spawn`: starts FastCGI programs, and serves what they answer until a signal. SIGHUP replaces them.
 *
 * @param isPrinted says what is set, and starts nothing.
 * @throws CommandFailure (exit 2) for settings that do not go together, (exit 3) for a program that is not there or cannot start.
 */
export async function serveSpawned(
  command: string,
  layer: Layer<GatewaySettings>,
  isPrinted: boolean,
): Promise<number> {
  const { values } = layer;
  const plan = await makePlan(layer, process.env);
  refuseUnforwarded('spawn', layer);
  if (plan.type === 'cgi') {
    throw usageError(`${sourceOf('spawn', layer)}: a CGI program has one request; expected an address, as in --bind`);
  }
  refuseDisobeyed(plan, layer, settingsOf('spawn'));
  checkObserving(layer);
  if (isPrinted) {
    const { printGatewayConfig } = await import('../settings/print-config.ts');
    const { mode = 'dynamic' } = values;
    printGatewayConfig(
      values,
      plan,
      settingsOf('spawn').filter((key) => isOfMode(key, mode)),
    );
    return EXIT.done;
  }
  let manager: ProcessManager | undefined;
  const start = (options: ProgramGatewayOptions): ProcessManager => {
    manager = processManager({ ...options, ...pick(values, programSettings), command, log: logLine });
    return manager;
  };
  try {
    const app = await gatewayApp({ wire: 'spawn', command, start }, values);
    await manager?.ready;
    const { mode = 'dynamic', maxChildren = 5 } = values;
    const what = `${command} (${mode}, ${mode === 'static' ? '' : 'at most '}${maxChildren})`;
    return await serveApp(app, what, plan, layer, undefined, {
      reload: () => manager?.reload(),
      status: () => ({ targets: [], programs: manager?.figures }),
      // Its requests have had their grace.
      close: async () => manager?.close({ grace: 0 }),
    });
  } catch (error) {
    throw failureOf(error, layer);
  } finally {
    await manager?.close({ grace: 0 });
  }
}

/** Whether a setting holds in this mode. */
function isOfMode(key: string, mode: GatewaySettings['mode']): boolean {
  if (key === 'minSpare' || key === 'maxSpare') return mode === 'dynamic';
  return key !== 'processIdleTimeout' || mode === 'ondemand';
}

/** What is wrong, under the name that who reads it has given it. */
function failureOf(error: unknown, layer: Layer<GatewaySettings>): unknown {
  if (error instanceof RangeError) {
    const [, option = '', rest = ''] = /^(\w+)(: .*)$/s.exec(error.message) ?? [];
    const known = programSettings.find((key) => key === option);
    // Milliseconds are the API's; here it is a duration.
    const why = rest.replace('a number above 0, in milliseconds', 'a duration above 0');
    return usageError(known === undefined ? error.message : sourceOf(known, layer) + why);
  }
  if (!(error instanceof TsgiError)) return error;
  const line = `${sourceOf('spawn', layer)}: ${error.message}`;
  if (error.code === 'BAD_COMMAND') return usageError(line);
  return ['NO_PROGRAM', 'PROGRAM_CANNOT_START'].includes(error.code) ? startError(line, error) : error;
}
