import type { RunningServer } from '@tsgi/core';
import type { Layer } from '../settings/layers.ts';
import type { ListenSettings } from '../settings/settings.ts';
import type { Figures } from './figures.ts';
import { serveMetrics } from './metrics-server.ts';
import { OwnStatus } from './own-status.ts';
import type { BehindStatus } from './status.ts';

/** The metrics of a process that serves by itself. */
export interface MetricsServer {
  /** Its servers listen; from a signal on they drain. */
  serving(servers: readonly RunningServer[]): void;
  close(): Promise<void>;
}

/** @throws CommandFailure as `serveMetrics`. */
export async function startOwnMetrics(
  layer: Layer<ListenSettings>,
  figures: readonly Figures[],
  behind?: () => BehindStatus,
): Promise<MetricsServer> {
  const own = new OwnStatus(figures, behind);
  const server = await serveMetrics(layer, () => own.status());
  const draining = (): void => own.draining();
  return {
    serving(servers) {
      own.ready();
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, draining);
      for (const { closed } of servers) void closed.then(draining);
    },
    close: () => server.close({ grace: 0 }),
  };
}
