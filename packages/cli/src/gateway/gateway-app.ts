import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { App } from '@tsgi/core';
import type { TargetFigures } from '@tsgi/core/forward';
import type { Destination } from './destination.ts';
import { documentRoot, internalFiles, type Programs } from '@tsgi/adapters/static';
import { cgiPrograms, noPrograms, phpPrograms, programsEndingIn } from './programs.ts';
import { startError, usageError, whyNoFile } from '../command-line/failure.ts';
import { type GatewaySettings, parseParam } from '../settings/gateway-settings.ts';
import { loadApp } from '../serving/load-app.ts';
import { mounted, redirectsTo } from './local-redirects.ts';
import { pick } from '../settings/layers.ts';
import { wireNamed } from '../settings/wires.ts';

/** Whether the programs below a root are named by variables of a FastCGI request. */
function isFastCgi(wire: string): boolean {
  return wire === 'fcgi' || wire === 'spawn';
}

function programsOf(wire: string): Programs {
  if (wire === 'cgi') return cgiPrograms;
  return isFastCgi(wire) ? phpPrograms : noPrograms;
}

/**
 * The application that `tsgi gateway` serves: forwards everything, or what it finds below the root.
 *
 * @throws CommandFailure (exit 2) for settings that do not go together, (exit 3) for a root that is no folder or a
 *   program that cannot be run.
 */
export async function gatewayApp(destination: Destination, settings: Partial<GatewaySettings>): Promise<App> {
  const { wire } = destination;
  const { root, static: files = false, extension } = settings;
  if (root === undefined && extension !== undefined)
    throw usageError('--extension needs --root: the folder of the programs');
  if (root !== undefined && settings.args !== undefined) throw usageError('--args needs --to cgi:PROGRAM');
  if (root === undefined && files) throw usageError('--static needs --root: the folder whose files are sent');
  if (root !== undefined && !files && !isFastCgi(wire) && wire !== 'cgi') {
    throw usageError(`--root with ${wire} needs --static: such a server finds its programs itself`);
  }
  if (root === undefined) return forwarder(destination, settings);
  const forward = await forwarder(destination, settings, (environ, startResponse) => documents(environ, startResponse));
  checkRoot(root, 'root');
  const documents = documentRoot({
    root,
    programs: isFastCgi(wire) && extension !== undefined ? programsEndingIn(extension) : programsOf(wire),
    files,
    forward,
  });
  const app = mounted(documents);
  return Object.assign(app, { targets: targetsOf(forward) });
}

/** How the servers are that an application forwards to; none for programs of this machine, and for somebody else's gateway. */
export function targetsOf(app: App): readonly TargetFigures[] {
  return 'targets' in app && Array.isArray(app.targets) ? app.targets : [];
}

/**
 * Each backend is loaded when its wire is asked for. It finds the programs below the root.
 *
 * @param documents what is asked when a program redirects to another path: files are there too, and hidden ones.
 */
async function forwarder(destination: Destination, settings: Partial<GatewaySettings>, documents?: App): Promise<App> {
  const { redirectTo: spec, params, sendfile } = settings;
  const redirectTo = spec !== undefined ? (await loadApp(spec)).app : documents && redirectsTo(documents);
  const options = {
    ...pick(settings, ['responseTimeout', 'idleTimeout', 'maxBody', 'maxSpool']),
    ...(redirectTo === undefined ? undefined : { redirectTo }),
    ...(params === undefined ? undefined : { params: Object.fromEntries(params.map(parseParam)) }),
    ...(sendfile === undefined ? undefined : { sendfile: filesBelow(sendfile) }),
  };
  if ('start' in destination) return destination.start({ ...options, ...pick(settings, ['root', 'extension']) });
  const { wire, addresses } = destination;
  if (addresses === undefined) {
    const { gateway } = await import('@tsgi/cgi-backend');
    return gateway({
      ...programs(destination.program, settings),
      ...options,
      ...pick(settings, ['env', 'args', 'authorization', 'maxProcesses']),
    });
  }
  // Somebody else's gateway may know of one alone.
  const address = addresses.length > 1 ? addresses : addresses[0];
  const onSocket = { address, ...options, ...pick(settings, ['connectTimeout']) };
  if (wire === 'fcgi') {
    const { gateway } = await import('@tsgi/fcgi-backend');
    return gateway({ ...onSocket, ...pick(settings, ['pool', 'root', 'extension']) });
  }
  if (wire === 'scgi') {
    const { gateway } = await import('@tsgi/scgi-backend');
    return gateway(onSocket);
  }
  const gateway = wireNamed(wire)?.gateway;
  if (gateway === undefined) throw usageError(`--to ${wire}: its plugin has no gateway`);
  return gateway(onSocket);
}

/** Programs decide who may see these files, whatever their names. */
function filesBelow(folder: string): { root: string; app: App } {
  checkRoot(folder, 'sendfile');
  const root = resolve(folder);
  return { root, app: internalFiles(root) };
}

/** @throws CommandFailure (exit 2) for both or neither, (exit 3) for a program that cannot be run. */
function programs(
  program: string | undefined,
  { root }: Partial<GatewaySettings>,
): { program?: string; root?: string } {
  if (program !== undefined && root === undefined) {
    checkProgram(program);
    return { program };
  }
  if (program === undefined && root !== undefined) return { root };
  throw usageError(
    'expected --to cgi --root FOLDER, the folder of the programs, or --to cgi:PROGRAM, which answers all',
  );
}

/** One program answers everything: without it there is nothing to start for. */
function checkProgram(program: string): void {
  let why = 'not a file; expected a program, or --to cgi --root FOLDER';
  try {
    if (statSync(program).isFile()) {
      accessSync(program, constants.X_OK);
      return;
    }
  } catch (error) {
    const denied = error instanceof Error && 'code' in error && error.code === 'EACCES';
    why = denied ? 'not executable; chmod +x lets it run' : whyNoFile(error);
  }
  throw startError(`--to cgi:${program}: ${why}`);
}

/** @throws CommandFailure (exit 3) when it is no folder. */
function checkRoot(root: string, setting: 'root' | 'sendfile'): void {
  let why = 'not a folder';
  try {
    if (statSync(root).isDirectory()) return;
  } catch (error) {
    why = whyNoFile(error).replace('no such file', 'no such folder');
  }
  throw startError(`--${setting} ${root}: ${why}`);
}
