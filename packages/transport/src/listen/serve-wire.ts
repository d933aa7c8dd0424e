import type { App, RunningServer } from '@tsgi/core';
import { assertApp } from '@tsgi/core/server';
import { type BindOptions, bindAddress } from '../address/bind-options.ts';
import { serveSockets } from './socket-server.ts';
import type { Wire } from './wire.ts';

/**
 * `serve` of a socket backend: an application over its wire.
 *
 * @throws as `serveSockets` does; TypeError when the application is no function.
 */
export async function serveWire(
  app: App,
  { accept, ...wire }: Wire,
  options: BindOptions,
  defaultPort: number,
): Promise<RunningServer> {
  assertApp(app);
  return serveSockets({
    ...wire,
    address: bindAddress(options, defaultPort),
    reusePort: options.reusePort ?? false,
    accept: accept.bind(undefined, app),
  });
}
