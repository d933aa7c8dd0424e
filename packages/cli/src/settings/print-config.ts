import { resolve } from 'node:path';
import { formatAddress, type Address } from '@tsgi/transport';
import { logLine, print } from '../command-line/standard-streams.ts';
import { jsonText } from '../command-line/json-text.ts';
import { backendOf, type Plan } from '../serving/plan.ts';
import type { PreparedServer } from '../serving/prepared-server.ts';
import { serveSettings } from './serve-settings.ts';
import { flagName, wireNames } from './setting-table.ts';
import type { Settings } from './settings.ts';
import { obeys } from './wires.ts';

/**
 * Prints on standard output what holds for each of these servers after flags, config file, variables and defaults, as a `tsgi.config.json` would say
 * it, in any folder. A default that differs from wire to wire of this plan has no place there: a line on standard error
 * says it.
 */
export function printConfig(servers: readonly PreparedServer[]): void {
  const [only] = servers;
  if (only !== undefined && only.name === undefined) return print(jsonText(configOf(only.layer.values, only.plan)));
  const named = servers.map(({ name = '', layer, plan }) => [name, configOf(layer.values, plan)]);
  print(jsonText({ servers: Object.fromEntries(named) }));
}

function configOf(values: Partial<Settings>, plan: Plan): Record<string, unknown> {
  const found: Partial<Settings> = { ...values };
  const backend = values.backend ?? backendOf(plan);
  if (backend !== undefined) found.backend = backend;
  if (plan.type === 'listen') {
    found.bind = plan.binds.map(({ scheme, address }) => formatAddress(scheme, absolute(address)));
  }
  const wires = plan.type === 'cgi' ? ['cgi'] : [...new Set(plan.binds.map(({ scheme }) => scheme))];
  const config: Record<string, unknown> = {};
  for (const key of Object.keys(serveSettings) as (keyof Settings)[]) {
    const shown = shownSetting(key, found, wires);
    if (shown !== undefined) config[key] = shown;
  }
  return config;
}

function shownSetting<Key extends keyof Settings>(
  key: Key,
  values: Partial<Settings>,
  wires: readonly string[],
): unknown {
  const { kind, default: standard } = serveSettings[key];
  const value: Settings[Key] | undefined = values[key];
  if (value !== undefined) return kind.show(kind.from?.('.', value) ?? value);
  const obeying = wires.filter((wire) => obeys(wire, key));
  // What depends on something, and the switches of other wires, are left out; the addresses are the plan's.
  if (key === 'bind' || standard === undefined || obeying.length < wires.length) return undefined;
  const texts = obeying.map((wire) =>
    typeof standard === 'string' ? standard : standard[wire as keyof typeof standard],
  );
  const different = [...new Set(texts)];
  if (different.length > 1) {
    const each = different.map((text) => `${wireNames(obeying.filter((_, i) => texts[i] === text))} ${text}`);
    logLine(`--${flagName(key)} by default: ${each.join('; ')}`);
    return undefined;
  }
  const [text] = different;
  return text === undefined || text.startsWith('(') ? undefined : kind.show(readDefault(kind.read, text));
}

/** A switch's default is `on` or `off`. */
function readDefault<Value>(read: (value: unknown) => Value, text: string): Value {
  return read(text === 'on' ? true : text === 'off' ? false : text);
}

function absolute(address: Address): Address {
  return address.type === 'unix' ? { ...address, path: resolve(address.path) } : address;
}
