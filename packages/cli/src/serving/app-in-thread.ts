// The module that each thread of `--threads` loads: the application as this process would have loaded it, whatever it is made with.

import type { App } from '@tsgi/core';
import type { Settings } from '../settings/settings.ts';
import { CommandFailure } from '../command-line/failure.ts';
import { loadApp } from './load-app.ts';

/** What stands in the query of this module's URL. */
export interface InThread {
  readonly spec: string;
  readonly as: Settings['interface'] | undefined;
}

async function load(): Promise<App> {
  const given = new URL(import.meta.url).searchParams.get('app') ?? '{}';
  const { spec = '', as }: Partial<InThread> = JSON.parse(given);
  try {
    return (await loadApp(spec, as)).app;
  } catch (error) {
    // Its message says where in the application; the stack would be the command's own.
    if (error instanceof CommandFailure) delete error.stack;
    throw error;
  }
}

const app: App = await load();

export default app;
