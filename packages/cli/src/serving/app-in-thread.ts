// The module that each thread of `--threads` loads: the application as this process would have loaded it, whatever it is made with.

import { BroadcastChannel } from 'node:worker_threads';
import type { App } from '@tsgi/core';
import type { Settings } from '../settings/settings.ts';
import { CommandFailure } from '../command-line/failure.ts';
import { LOADED_IN_THREADS } from '../watching/watch-messages.ts';
import { loadApp } from './load-app.ts';

/** What stands in the query of this module's URL. */
export interface InThread {
  readonly spec: string;
  readonly as: Settings['interface'] | undefined;
}

/** Where files are watched, Node says of what a process loads over its channel, and says nothing of threads: they have none. */
function reportWhatIsLoaded(): void {
  if (process.env['WATCH_REPORT_DEPENDENCIES'] === undefined) return;
  const channel = new BroadcastChannel(LOADED_IN_THREADS);
  channel.unref();
  const post = channel.postMessage.bind(channel);
  const send = (message: unknown): boolean => {
    post(message);
    return true;
  };
  Object.defineProperty(process, 'send', { value: send, configurable: true });
}

async function load(): Promise<App> {
  reportWhatIsLoaded();
  const given = new URL(import.meta.url).searchParams.get('app') ?? '{}';
  const { spec = '', as }: Partial<InThread> = JSON.parse(given);
  try {
    return (await loadApp(spec, as)).app;
  } catch (error) {
    // The stack would be the command's own: here it is the message, and the application's frames.
    if (error instanceof CommandFailure) error.stack = [error.message, ...error.frames].join('\n');
    throw error;
  }
}

const app: App = await load();

export default app;
