import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from '@tsgi/core';
import { endWithoutApp } from '../command-line/end-without-app.ts';
import { EXIT } from '../command-line/failure.ts';
import { logLine } from '../command-line/standard-streams.ts';
import type { Bind } from '../settings/bind.ts';
import type { Layer } from '../settings/layers.ts';
import type { Settings } from '../settings/settings.ts';
import { startServers } from './start-servers.ts';

/**
 * Whether all of this could start: limits, keys and certificates, what each wire says of its options. It is started for a
 * moment, at UNIX sockets that nobody knows, since somebody else may be serving at the addresses themselves.
 *
 * @throws CommandFailure as at a start, but for the addresses: see `checkPlaces`.
 * @returns the exit code.
 */
export async function checkConfig(
  app: App,
  what: string,
  binds: readonly Bind[],
  layer: Layer<Settings>,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tsgi-check-'));
  try {
    const elsewhere = binds.map(({ scheme }, place): Bind => ({
      scheme,
      address: { type: 'unix', path: join(folder, String(place)) },
    }));
    const servers = await startServers(app, elsewhere, layer);
    await Promise.all(servers.map((server) => server.close({ grace: 0 })));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  logLine(`${what} can be served so`);
  endWithoutApp(0);
  return EXIT.done;
}
