import { formatAddress } from '@tsgi/transport';
import { backendOf, type Plan } from '../serving/plan.ts';
import { serveSettings } from './serve-settings.ts';
import type { SettingTable } from './setting-table.ts';
import type { Settings } from './settings.ts';

/** Prints on standard output what holds after flags, config file and variables, as a `tsgi.config.json` would say it. */
export function printConfig(values: Partial<Settings>, plan: Plan): void {
  const found: Partial<Settings> = { grace: 10_000, ...values };
  const backend = values.backend ?? backendOf(plan);
  if (backend !== undefined) found.backend = backend;
  if (plan.type === 'listen') found.bind = plan.binds.map(({ scheme, address }) => formatAddress(scheme, address));
  process.stdout.write(`${JSON.stringify(shown(serveSettings, found), undefined, 2)}\n`);
}

function shown<Values>(table: SettingTable<Values>, values: Partial<Values>): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const key of Object.keys(table) as (keyof Values & string)[]) {
    const value = values[key];
    if (value !== undefined) config[key] = table[key].kind.show(value);
  }
  return config;
}
