import { usageError } from '../command-line/failure.ts';
import { type Layer, sourceOf } from '../settings/layers.ts';
import { limitSettings, serverSettings } from '../settings/listen-settings.ts';
import { wireNames } from '../settings/setting-table.ts';
import type { ListenSettings } from '../settings/settings.ts';
import { obeys, wiresThatObey } from '../settings/wires.ts';
import type { Plan } from './plan.ts';

/**
 * What a wire cannot obey is not dropped in silence. A limit, and what is said of listening, is meant for every address:
 * each of their wires must obey it. What belongs to one wire, its TLS or its roles, needs an address that speaks it.
 *
 * @param obeyed settings that something else obeys: what a gateway forwards to.
 * @throws CommandFailure (exit 2) naming the wire, and the flag, variable or key.
 */
export function refuseDisobeyed(plan: Plan, layer: Layer<ListenSettings>, obeyed: readonly string[] = []): void {
  const wires = plan.type === 'cgi' ? ['cgi'] : plan.binds.map(({ scheme }) => scheme);
  for (const [key, value] of Object.entries(layer.values)) {
    const obeying = wiresThatObey(key);
    // A switch that is off asks for nothing.
    if (value === undefined || value === false || obeying.length === 0 || obeyed.includes(key)) continue;
    const deaf = wires.filter((wire) => !obeys(wire, key));
    const isForAll = key in limitSettings || key in serverSettings;
    if (deaf.length === 0 || (!isForAll && deaf.length < wires.length)) continue;
    const source = sourceOf(key as keyof ListenSettings, layer);
    throw usageError(`${source}: ${deaf[0]} cannot obey it; it is for ${wireNames(obeying)}`);
  }
}
