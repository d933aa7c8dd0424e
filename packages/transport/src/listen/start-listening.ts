import type { ListenOptions, Server } from 'node:net';

/** `server.listen` as a promise; rejects with the system's error, after which the server may listen elsewhere. */
export function startListening(
  server: Server,
  options: ListenOptions & { fd?: number; reusePort?: boolean },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      server.off('listening', onListening);
      reject(error);
    };
    const onListening = (): void => {
      server.off('error', onError);
      resolve();
    };
    server.once('error', onError);
    server.once('listening', onListening);
    server.listen(options);
  });
}
