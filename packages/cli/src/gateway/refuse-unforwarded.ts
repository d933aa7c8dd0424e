import { usageError } from '../command-line/failure.ts';
import { destinationsThatObey, settingsOf } from '../settings/destinations.ts';
import { forwardSettings, type GatewaySettings } from '../settings/gateway-settings.ts';
import { type Layer, sourceOf } from '../settings/layers.ts';

/**
 * What a gateway's other side cannot obey is not dropped in silence, as with a wire (`refuseDisobeyed`).
 *
 * @throws CommandFailure (exit 2)
 */
export function refuseUnforwarded(wire: string, layer: Layer<GatewaySettings>): void {
  for (const key of Object.keys(forwardSettings) as (keyof typeof forwardSettings)[]) {
    const value = layer.values[key];
    if (value === undefined || value === false || settingsOf(wire).includes(key)) continue;
    const deaf = wire === 'spawn' ? '--spawn' : `--to ${wire}`;
    const obeying = destinationsThatObey(key).map((other) => (other === 'spawn' ? '--spawn' : other));
    throw usageError(`${sourceOf(key, layer)}: ${deaf} cannot obey it; it is for ${obeying.join(', ')}`);
  }
}
