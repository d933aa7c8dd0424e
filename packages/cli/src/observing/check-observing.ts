import type { Layer } from '../settings/layers.ts';
import type { ListenSettings } from '../settings/settings.ts';
import { checkedMetrics } from './metrics-server.ts';
import { checkedFormat } from './observing.ts';

/** @throws CommandFailure (exit 2) naming what is no format, or no address. */
export function checkObserving(layer: Layer<ListenSettings>): void {
  if (layer.values.accessLog !== undefined) checkedFormat(layer);
  if (layer.values.metrics !== undefined) checkedMetrics(layer);
}
