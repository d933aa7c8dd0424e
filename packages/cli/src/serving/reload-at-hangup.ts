import type { RunningServer } from '@tsgi/core';
import type { HttpServer } from '@tsgi/http-backend';
import { firstLine } from '../command-line/failure.ts';
import { logLine } from '../command-line/standard-streams.ts';
import type { Layer } from '../settings/layers.ts';
import type { ListenSettings } from '../settings/settings.ts';
import type { ServiceManager } from './service-manager.ts';

/**
 * SIGHUP reads keys and certificates again, for new connections. Files that are not good leave the old ones in use.
 * Without TLS it is not heeded: it ends the process, as it ends others.
 */
export async function reloadAtHangup(
  all: readonly { readonly servers: readonly RunningServer[]; readonly layer: Layer<ListenSettings> }[],
  manager?: ServiceManager,
): Promise<void> {
  const secure = all
    .map(({ servers, layer }) => ({ layer, servers: servers.filter(speaksTls) }))
    .filter(({ servers }) => servers.length > 0);
  if (secure.length === 0) return;
  const { loadTls } = await import('./load-tls.ts');
  process.on('SIGHUP', () => {
    manager?.reloading();
    try {
      const read = secure.map(({ layer, servers }) => ({ tls: loadTls(layer), servers }));
      for (const { tls, servers } of read) for (const server of servers) server.reloadTls(tls);
      logLine('certificates were read again');
    } catch (error) {
      logLine(`the old certificates stay in use: ${firstLine(error)}`);
    }
    manager?.ready();
  });
}

function speaksTls(server: RunningServer): server is HttpServer {
  return 'reloadTls' in server && /^https[:+]/.test(server.address);
}
