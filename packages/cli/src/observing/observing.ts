import { type AccessFormat, accessFormat } from '@tsgi/adapters/access-log';
import type { Environ } from '@tsgi/core';
import type { RequestObserver, ServerObserver } from '@tsgi/core/server';
import { didYouMean } from '../command-line/did-you-mean.ts';
import { firstLine, usageError } from '../command-line/failure.ts';
import { type Layer, sourceOf } from '../settings/layers.ts';
import type { ListenSettings } from '../settings/settings.ts';
import type { AccessLog } from './access-log.ts';
import type { Figures, WireFigures } from './figures.ts';
import { ObservedRequest } from './observed-request.ts';
import { openAccessLog } from './open-access-log.ts';
import { identify } from './request-ids.ts';
import { wallTime } from './wall-clock.ts';

/** What is seen of this process from outside. */
export interface Observing {
  readonly figures: Figures | undefined;
  /** Watches the server of a wire. */
  observer(wire: string): ServerObserver;
  /** Opens its files anew. */
  reopen(): void;
  /** Resolves when all is written. */
  close(): Promise<void>;
}

/**
 * What these settings want to see of this process; mostly nothing.
 *
 * @throws CommandFailure (exit 2) naming what is no format.
 */
export async function observe(layer: Layer<ListenSettings>): Promise<Observing> {
  const log = isLogged(layer.values) ? openAccessLog(layer.values.accessLogFile, checkedFormat(layer)) : undefined;
  let figures: Figures | undefined;
  if (layer.values.metrics !== undefined) {
    const { Figures } = await import('./figures.ts');
    figures = new Figures(() => log?.lost ?? 0);
  }
  return {
    figures,
    observer: (wire) => observerOf(log, figures?.wire(wire)),
    reopen: () => log?.reopen(),
    async close() {
      figures?.close();
      await log?.close();
    },
  };
}

function isLogged({ accessLog, accessLogFile }: Partial<ListenSettings>): boolean {
  return accessLog === undefined ? accessLogFile !== undefined : accessLog !== 'off';
}

/** @throws CommandFailure (exit 2) naming what is no format. */
export function checkedFormat(layer: Layer<ListenSettings>): AccessFormat {
  const { accessLog = 'combined' } = layer.values;
  try {
    return accessFormat(accessLog === 'off' ? 'combined' : accessLog);
  } catch (error) {
    if (error instanceof RangeError) {
      const hint = accessLog.includes('%') ? '' : didYouMean(accessLog, ['common', 'combined', 'json', 'off']);
      throw usageError(`${sourceOf('accessLog', layer)}: ${firstLine(error)}${hint}`);
    }
    throw error;
  }
}

function observerOf(log: AccessLog | undefined, figures: WireFigures | undefined): ServerObserver {
  // Each look at a clock is 0.05 of the 10 us of a small request.
  const isTimed = figures !== undefined || log?.isTimed === true;
  const onEnded = (request: ObservedRequest): void => {
    figures?.ended(request);
    log?.write(request);
  };
  return {
    begins(environ: Environ, fromFrontEnd: boolean): RequestObserver {
      if (figures !== undefined) figures.counts.inFlight++;
      const requestId = log === undefined ? undefined : identify(environ, fromFrontEnd);
      if (!isTimed) return new ObservedRequest(environ, requestId, Date.now(), Number.NaN, onEnded);
      const start = performance.now();
      return new ObservedRequest(environ, requestId, wallTime(start), start, onEnded);
    },
    refused(reason, status, remoteAddress) {
      figures?.refused(reason);
      if (log === undefined) return;
      const environ = { REMOTE_ADDR: remoteAddress ?? '' };
      const request = new ObservedRequest(environ, undefined, Date.now(), Number.NaN, undefined);
      request.refused = reason;
      request.status = status;
      log.write(request);
    },
    connected(connection) {
      figures?.connected(connection);
    },
  };
}
