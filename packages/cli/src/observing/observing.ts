import { type AccessLine, accessFormat } from '@tsgi/adapters/access-log';
import type { Environ } from '@tsgi/core';
import type { RequestObserver, ServerObserver } from '@tsgi/core/server';
import { firstLine, usageError } from '../command-line/failure.ts';
import { type Layer, sourceOf } from '../settings/layers.ts';
import type { ListenSettings } from '../settings/settings.ts';
import type { AccessLog } from './access-log.ts';
import { ObservedRequest } from './observed-request.ts';
import { openAccessLog } from './open-access-log.ts';
import { identify } from './request-ids.ts';

/** What is seen of this process from outside. */
export interface Observing {
  /** Watches the server of a wire. */
  observer(wire: string): ServerObserver;
  /** Opens its files anew. */
  reopen(): void;
  /** Resolves when all is written. */
  close(): Promise<void>;
}

/**
 * What these settings want to see of this process.
 *
 * @throws CommandFailure (exit 2) naming what is no format.
 */
export function observe(layer: Layer<ListenSettings>): Observing {
  const log = openAccessLog(layer.values.accessLogFile, checkedFormat(layer));
  return {
    observer: () => loggingTo(log),
    reopen: () => log.reopen(),
    close: () => log.close(),
  };
}

/** @throws CommandFailure (exit 2) naming what is no format. */
export function checkedFormat(layer: Layer<ListenSettings>): AccessLine {
  try {
    return accessFormat(layer.values.accessLog ?? 'combined');
  } catch (error) {
    if (error instanceof RangeError) throw usageError(`${sourceOf('accessLog', layer)}: ${firstLine(error)}`);
    throw error;
  }
}

function loggingTo(log: AccessLog): ServerObserver {
  const onEnded = (request: ObservedRequest): void => {
    request.began = Date.now() - request.duration;
    log.write(request);
  };
  return {
    begins: (environ: Environ, fromFrontEnd: boolean): RequestObserver =>
      new ObservedRequest(environ, identify(environ, fromFrontEnd), onEnded),
    refused(reason, status, remoteAddress) {
      const request = new ObservedRequest({ REMOTE_ADDR: remoteAddress ?? '' }, undefined, undefined);
      request.refused = reason;
      request.status = status;
      onEnded(request);
    },
    connected() {},
  };
}
