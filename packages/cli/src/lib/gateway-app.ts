import type { App } from '@tsgi/core';
import type { Destination } from './destination.ts';
import { documentRoot } from './document-root.ts';
import { cgiPrograms, phpScripts } from './documents.ts';
import { usageError } from './failure.ts';
import type { GatewaySettings } from './gateway-settings.ts';
import { pick } from './pick.ts';

/**
 * The application that `tsgi gateway` serves: forwards everything, or what it finds below the root.
 *
 * @throws CommandFailure (exit 2) for settings that do not go together, (exit 3) for a root that is no folder.
 */
export async function gatewayApp(destination: Destination, settings: Partial<GatewaySettings>): Promise<App> {
  const { root, static: files = false } = settings;
  if (root === undefined) {
    if (files) throw usageError('--static needs --root: the folder whose files are sent');
    return forwarder(destination, settings);
  }
  if (destination.wire === 'cgi' && destination.program === undefined) {
    const runner = await cgiRunner(settings);
    return documentRoot({ root, rule: cgiPrograms, files, run: remembering(runner) });
  }
  const app = await forwarder(destination, settings);
  return documentRoot({ root, rule: phpScripts, files, run: () => app });
}

/** Each backend is loaded when its wire is asked for. */
async function forwarder(destination: Destination, settings: Partial<GatewaySettings>): Promise<App> {
  const options = pick(settings, ['connectTimeout', 'responseTimeout', 'idleTimeout', 'maxBody']);
  switch (destination.wire) {
    case 'fcgi': {
      const { gateway } = await import('@tsgi/fcgi-backend');
      return gateway({ address: destination.address, ...options, ...pick(settings, ['pool']) });
    }
    case 'scgi': {
      const { gateway } = await import('@tsgi/scgi-backend');
      return gateway({ address: destination.address, ...options });
    }
    default: {
      const { program } = destination;
      if (program === undefined) throw usageError('--to cgi needs --root: the folder of the programs');
      const runner = await cgiRunner(settings);
      return runner(program);
    }
  }
}

async function cgiRunner(settings: Partial<GatewaySettings>): Promise<(program: string) => App> {
  const { gateway } = await import('@tsgi/cgi-backend');
  const options = pick(settings, ['responseTimeout', 'idleTimeout', 'maxBody', 'env']);
  return (program) => gateway({ program, ...options });
}

/** One App a program; there are no more of them than files below the root. */
function remembering(make: (program: string) => App): (program: string) => App {
  const apps = new Map<string, App>();
  return (program) => {
    const app = apps.get(program) ?? make(Buffer.from(program, 'latin1').toString());
    apps.set(program, app);
    return app;
  };
}
