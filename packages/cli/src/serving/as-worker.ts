import type { App } from '@tsgi/core';
import type { Bind } from '../settings/bind.ts';
import type { Layer } from '../settings/layers.ts';
import type { Settings } from '../settings/settings.ts';
import { becomeUser, identityOf } from './privileges.ts';
import { untilSpent } from './retirement.ts';
import type { Worker } from './worker.ts';

/** A worker becomes the user that it was told to be, before anything of the application runs. */
export async function loseRights(layer: Layer<Settings>, binds: readonly Bind[]): Promise<void> {
  const identity = identityOf(layer);
  if (identity === undefined) return;
  if (binds.some(({ scheme }) => scheme === 'https')) {
    const { loadTlsAhead } = await import('./load-tls.ts');
    loadTlsAhead(layer);
  }
  becomeUser(identity);
}

/** The application, until another worker is to take over. */
export function retiring(
  app: App,
  { maxRequests = Infinity, maxRss = Infinity }: Partial<Settings>,
  worker: Worker,
): App {
  return untilSpent(app, { maxRequests, maxRss }, (why) => worker.spent(why));
}
