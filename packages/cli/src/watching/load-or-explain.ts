import type { App } from '@tsgi/core';
import { CommandFailure } from '../command-line/failure.ts';
import { logFailure } from '../command-line/standard-streams.ts';
import { failedApp } from './failed-app.ts';
import { tellWatch } from './watch-messages.ts';

/** An application, and what the banner calls it. */
export interface Loaded {
  readonly app: App;
  readonly what: string;
}

/**
 * What `load` gives; where it cannot, what answers every request with the reason, on every wire: who develops wants to see it in
 * place of an answer of the last version, and mends it.
 */
export async function loadOrExplain(load: () => Promise<Loaded>): Promise<Loaded> {
  try {
    const loaded = await load();
    tellWatch('loaded');
    return loaded;
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    logFailure(error);
    tellWatch('failed');
    return { app: failedApp(error), what: 'an error page' };
  }
}
