import { chmodSync, existsSync, lstatSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Interface } from '@tsgi/adapters';
import { EXIT, usageError } from '../command-line/failure.ts';
import { refuseWhatIsThere } from '../command-line/refuse-what-is-there.ts';
import { print } from '../command-line/standard-streams.ts';
import { buildCgiCommand } from '../commands/build-cgi.ts';
import { findAppIn } from './find-app.ts';
import { ASSETS, type Handler, htaccessText, PROGRAMS, programText } from './shared-hosting.ts';
import { writeFiles } from './write-files.ts';

/** What `tsgi init --shared-hosting` was told. */
export interface Wanted {
  /** The document root, as it was named. */
  readonly root: string;
  /** The application, as it was named. */
  readonly given: string | undefined;
  readonly resident?: boolean | undefined;
  readonly fcgid?: boolean | undefined;
  readonly interface?: Interface | undefined;
  readonly scriptName?: string | undefined;
  readonly force?: boolean | undefined;
}

/** What `tsgi build-cgi` makes, beside the application: an ending says to every Node how it is read, a program in C has none. */
const BUILT = 'app-cgi.cjs';
const BUILT_RESIDENT = 'app-cgi';

/** Writes the two files of the document root, and for CGI the program that they lead to. */
export async function writeSharedHosting(wanted: Wanted): Promise<number> {
  const { resident = false, fcgid = false, force = false } = wanted;
  if (resident && fcgid) throw usageError('--resident and --fcgid: expected one of them');
  const folder = process.cwd();
  const root = resolve(wanted.root);
  if (!existsSync(root) || !statSync(root).isDirectory()) {
    throw usageError(`there is no folder ${wanted.root}; expected the document root, as in ../public_html`);
  }
  if (!relative(root, folder).startsWith('..')) {
    throw usageError(`this folder is in ${wanted.root}: everybody could read the application; move it out of there`);
  }
  const app = findAppIn(folder, wanted.given, [BUILT]);
  const handler: Handler = fcgid ? 'fcgid' : 'cgi';
  const files = [
    { path: PROGRAMS[handler], text: programText({ command: commandOf(folder, app, wanted), folder }) },
    { path: '.htaccess', text: htaccessText(handler) },
  ];
  for (const { path } of files) refuseWhatIsThere(join(root, path), join(wanted.root, path), force, lstatSync);
  if (!fcgid) await build(app, wanted);
  writeFiles(root, files, force);
  // A web server that starts programs as their owner refuses what others may write.
  chmodSync(join(root, PROGRAMS[handler]), 0o755);
  const anew = fcgid ? `touch ${join(wanted.root, PROGRAMS[handler])}` : 'the same command again, with --force';
  print(`wrote ${files.map(({ path }) => join(wanted.root, path)).join(', ')}, which start ${app}
After a change of the application: ${anew}
Files for everybody go to ${join(wanted.root, ASSETS)}/
`);
  return EXIT.done;
}

/** @throws CommandFailure as `tsgi build-cgi` does. */
async function build(
  app: string,
  { resident = false, scriptName = '/', interface: as, force = false }: Wanted,
): Promise<void> {
  const flags = { output: resident ? BUILT_RESIDENT : BUILT, 'script-name': scriptName, resident, force };
  await buildCgiCommand.run({ positionals: [app], flags: as === undefined ? flags : { ...flags, interface: as } });
}

function commandOf(folder: string, app: string, wanted: Wanted): string[] {
  if (wanted.resident === true) return [join(folder, BUILT_RESIDENT)];
  if (wanted.fcgid !== true) return [process.execPath, join(folder, BUILT)];
  const own = join(folder, 'node_modules/tsgi/bin/tsgi.js');
  const tsgi = existsSync(own) ? own : fileURLToPath(new URL('../../bin/tsgi.js', import.meta.url));
  const { interface: as, scriptName = '/' } = wanted;
  const more = as === undefined ? [] : ['--interface', as];
  return [process.execPath, tsgi, 'serve', app, '--script-name', scriptName, ...more];
}
