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
  readonly fcgid?: boolean | undefined;
  readonly interface?: Interface | undefined;
  readonly scriptName?: string | undefined;
  readonly force?: boolean | undefined;
}

/** What `tsgi build-cgi` makes, beside the application: its ending says to every Node how it is read. */
const BUILT = 'app-cgi.cjs';

/** Writes the two files of the document root, and for CGI the program that they lead to. */
export async function writeSharedHosting(wanted: Wanted): Promise<number> {
  const { fcgid = false, force = false, scriptName = '/' } = wanted;
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
    {
      path: PROGRAMS[handler],
      text: programText({ node: process.execPath, args: programOf(folder, app, wanted), folder }),
    },
    { path: '.htaccess', text: htaccessText(handler) },
  ];
  for (const { path } of files) refuseWhatIsThere(join(root, path), join(wanted.root, path), force, lstatSync);
  if (!fcgid) {
    const as = wanted.interface === undefined ? {} : { interface: wanted.interface };
    const flags = { output: BUILT, 'script-name': scriptName, ...as, ...(force ? { force } : {}) };
    const code = await buildCgiCommand.run({ positionals: [app], flags });
    if (code !== EXIT.done) return code;
  }
  writeFiles(root, files, force);
  // A web server that starts programs as their owner refuses what others may write.
  chmodSync(join(root, PROGRAMS[handler]), 0o755);
  print(`wrote ${files.map(({ path }) => join(wanted.root, path)).join(', ')}, which start ${app}
${fcgid ? 'After a change of the application: touch' : 'After a change of the application: tsgi init --shared-hosting … --force; the program is'} ${fcgid ? join(wanted.root, PROGRAMS[handler]) : BUILT}
Files for everybody go to ${join(wanted.root, ASSETS)}/
`);
  return EXIT.done;
}

function programOf(folder: string, app: string, { fcgid, interface: as, scriptName = '/' }: Wanted): string[] {
  if (fcgid !== true) return [join(folder, BUILT)];
  const own = join(folder, 'node_modules/tsgi/bin/tsgi.js');
  const tsgi = existsSync(own) ? own : fileURLToPath(new URL('../../bin/tsgi.js', import.meta.url));
  return [tsgi, 'serve', app, '--script-name', scriptName, ...(as === undefined ? [] : ['--interface', as])];
}
