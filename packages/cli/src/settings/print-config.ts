import { resolve } from 'node:path';
import { formatAddress, type Address } from '@tsgi/transport';
import { logLine, print } from '../command-line/standard-streams.ts';
import { jsonText } from '../command-line/json-text.ts';
import { backendOf, type Plan } from '../serving/plan.ts';
import type { PreparedServer } from '../serving/prepared-server.ts';
import { gatewaySettings, type GatewaySettings } from './gateway-settings.ts';
import { serveSettings } from './serve-settings.ts';
import { flagName, type SettingTable, wireNames } from './setting-table.ts';
import type { ListenSettings } from './settings.ts';
import { obeys } from './wires.ts';

/**
 * Prints on standard output what holds for each of these servers after flags, config file, variables and defaults, as a `tsgi.config.json` would say
 * it, in any folder. A default that differs from wire to wire of this plan has no place there: a line on standard error
 * says it.
 */
export function printConfig(servers: readonly PreparedServer[]): void {
  const [only] = servers;
  if (only !== undefined && only.name === undefined)
    return print(jsonText(configOf(serveSettings, only.layer.values, only.plan)));
  const named = servers.map(({ name = '', layer, plan }) => [name, configOf(serveSettings, layer.values, plan)]);
  print(jsonText({ servers: Object.fromEntries(named) }));
}

/**
 * The same for a gateway, whose settings are those of its flags and variables.
 *
 * @param obeyed the settings that what it forwards to obeys.
 */
export function printGatewayConfig(values: Partial<GatewaySettings>, plan: Plan, obeyed: readonly string[]): void {
  print(jsonText(configOf(gatewaySettings, values, plan, obeyed)));
}

function configOf<Values extends ListenSettings>(
  table: SettingTable<Values>,
  values: Partial<Values>,
  plan: Plan,
  obeyed: readonly string[] = [],
): Record<string, unknown> {
  const wires = plan.type === 'cgi' ? ['cgi'] : [...new Set(plan.binds.map(({ scheme }) => scheme))];
  const config: Record<string, unknown> = {};
  for (const key of Object.keys(table) as (keyof Values & string)[]) {
    const obeying = obeyed.includes(key) ? wires : wires.filter((wire) => obeys(wire, key));
    const shown =
      shownByPlan(key, plan) ??
      shownSetting(table, key, values, wires, obeying) ??
      (key === 'backend' ? backendOf(plan) : undefined);
    if (shown !== undefined) config[key] = shown;
  }
  return config;
}

/** What was found out. */
function shownByPlan(key: string, plan: Plan): unknown {
  if (key === 'bind' && plan.type === 'listen') {
    return plan.binds.map(({ scheme, address }) => formatAddress(scheme, absolute(address)));
  }
  return undefined;
}

function shownSetting<Values, Key extends keyof Values & string>(
  table: SettingTable<Values>,
  key: Key,
  values: Partial<Values>,
  wires: readonly string[],
  obeying: readonly string[],
): unknown {
  const { kind, default: standard } = table[key];
  const value: Values[Key] | undefined = values[key];
  if (value !== undefined) return kind.show(kind.from?.('.', value) ?? value);
  // What depends on something, and the switches of other wires, are left out; the addresses are the plan's.
  if (key === 'bind' || standard === undefined || obeying.length < wires.length) return undefined;
  const texts = obeying.map((wire) =>
    typeof standard === 'string' ? standard : standard[wire as keyof typeof standard],
  );
  const different = [...new Set(texts)];
  if (different.length > 1) {
    const each = different.map((text) => `${wireNames(obeying.filter((_, index) => texts[index] === text))} ${text}`);
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
