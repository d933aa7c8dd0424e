import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { TsgiError } from '@tsgi/core';
import { type Address, holdSocket } from '@tsgi/transport';
import { startError, whyNoFile } from '../command-line/failure.ts';
import { checkedMetrics } from '../observing/metrics-server.ts';
import type { Bind } from '../settings/bind.ts';
import { type Layer, sourceOf } from '../settings/layers.ts';
import type { Settings } from '../settings/settings.ts';
import { startFailure } from './start-failure.ts';

/**
 * Whether a start could have its addresses and write its files, without a trace. An address that is in use may be that of the
 * server that runs, whose settings are looked at before a reload: that is no fault.
 *
 * @throws CommandFailure (exit 3) naming the setting, and the address or the file.
 */
export async function checkPlaces(binds: readonly Bind[], layer: Layer<Settings>): Promise<void> {
  const { metrics, accessLogFile, accessLog, pidFile } = layer.values;
  if (accessLogFile !== undefined && accessLogFile !== '-' && accessLog !== 'off') {
    checkFile('accessLogFile', accessLogFile, layer);
  }
  if (pidFile !== undefined) checkFile('pidFile', pidFile, layer);
  for (const bind of binds) {
    await tried(bind.scheme, bind.address, (error) => startFailure(error, bind));
  }
  if (metrics !== undefined) {
    const source = `${sourceOf('metrics', layer)} ${metrics}`;
    await tried('http', checkedMetrics(layer), (error) => startError(`${source}: ${error.message}`, error));
  }
}

async function tried(scheme: string, address: Address, failure: (error: TsgiError) => Error): Promise<void> {
  // Bound for a moment, a path would take the place of a socket that nobody listens at.
  if (address.type === 'unix') {
    const { path } = address;
    const why = whyNotWritten(path);
    if (why !== undefined) throw failure(new TsgiError(`cannot listen on unix:${path}: ${why}`, LISTEN_FAILED));
    return;
  }
  try {
    (await holdSocket(scheme, address)).close();
  } catch (error) {
    if (!(error instanceof TsgiError)) throw error;
    if (error.code !== 'ADDRESS_IN_USE') throw failure(error);
  }
}

const LISTEN_FAILED = { code: 'LISTEN_FAILED', side: 'app' } as const;

function checkFile(setting: 'accessLogFile' | 'pidFile', path: string, layer: Layer<Settings>): void {
  const why = existsSync(path) && statSync(path).isDirectory() ? 'it is a folder' : whyNotWritten(path);
  if (why !== undefined) throw startError(`${sourceOf(setting, layer)} ${path}: it cannot be written: ${why}`);
}

/** Why a file cannot be written, or none be made in its folder; `undefined`: it can. */
function whyNotWritten(path: string): string | undefined {
  try {
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
    return undefined;
  } catch (error) {
    return existsSync(dirname(path)) ? whyNoFile(error) : `there is no folder ${dirname(path)}`;
  }
}
