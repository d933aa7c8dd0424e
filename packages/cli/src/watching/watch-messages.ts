/**
 * What a worker says of its start, between Node's reports of files: up to `settings` they were those of the config file;
 * `loaded`: the application serves; `failed`: an error page serves in its place.
 */
export type WatchWord = 'settings' | 'loaded' | 'failed';

/** Says it to the process that watches; nothing, where nobody does. */
export function tellWatch(tsgiWatch: WatchWord): void {
  if (!process.connected) return;
  process.send?.({ tsgiWatch }, undefined, undefined, () => {
    // Nobody is there to hear it: the channel says so.
  });
}

export function wordOf(message: unknown): WatchWord | undefined {
  if (typeof message !== 'object' || message === null || !('tsgiWatch' in message)) return undefined;
  const { tsgiWatch: word } = message;
  return word === 'settings' || word === 'loaded' || word === 'failed' ? word : undefined;
}

/** The broadcast channel of what threads load. */
export const LOADED_IN_THREADS = 'tsgi-loaded';
