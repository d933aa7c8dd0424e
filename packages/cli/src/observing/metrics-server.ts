import { type RunningServer, TsgiError } from '@tsgi/core';
import { parseAddress } from '@tsgi/transport';
import { firstLine, startError, usageError } from '../command-line/failure.ts';
import { type Layer, sourceOf } from '../settings/layers.ts';
import type { ListenSettings } from '../settings/settings.ts';
import { metricsApp } from './metrics-app.ts';
import type { Status } from './status.ts';

/** As many may ask at a time; the application's own connections have nothing to do with them. */
const MOST_CONNECTIONS = 64;

/**
 * Serves figures, health and the status page, where `--metrics` says. A port alone is one of this machine only.
 *
 * @throws CommandFailure (exit 2) for what is no address, (exit 3) for one that cannot be had.
 */
export async function serveMetrics(layer: Layer<ListenSettings>, status: () => Status): Promise<RunningServer> {
  const { metrics = '' } = layer.values;
  const address = checkedMetrics(layer);
  const { serve } = await import('@tsgi/http-backend');
  try {
    return await serve(metricsApp(status), {
      address,
      serverHeader: '',
      maxConnections: MOST_CONNECTIONS,
      headersTimeout: 10_000,
      requestTimeout: 5000,
      sendTimeout: 10_000,
      keepAliveTimeout: 10_000,
      maxBody: 0,
      drainSize: 65_536,
      drainTimeout: 1000,
    });
  } catch (error) {
    if (error instanceof TsgiError)
      throw startError(`${sourceOf('metrics', layer)} ${metrics}: ${error.message}`, error);
    throw error;
  }
}

/** @throws CommandFailure (exit 2) for what is no address. */
export function checkedMetrics(layer: Layer<ListenSettings>): ReturnType<typeof parseAddress> {
  const { metrics = '' } = layer.values;
  try {
    return parseAddress(/^\d{1,5}$/.test(metrics) ? `127.0.0.1:${metrics}` : metrics);
  } catch (error) {
    throw usageError(
      `${sourceOf('metrics', layer)} ${metrics}: ${firstLine(error).replace(/^bad address ".*?": /s, '')}`,
    );
  }
}
