import { basename, relative, resolve } from 'node:path';
import { type Command, flagsOf } from '../command-line/command.ts';
import { EXIT, usageError } from '../command-line/failure.ts';
import { print } from '../command-line/standard-streams.ts';
import { findAppIn, packageOf } from '../init/find-app.ts';
import { installPackages } from '../init/install-packages.ts';
import { ownPackages } from '../init/own-packages.ts';
import { PROGRAMS } from '../init/shared-hosting.ts';
import { START_FILE, startFileText } from '../init/start-file.ts';
import { packageName, starterFiles } from '../init/starter.ts';
import { writeFiles } from '../init/write-files.ts';
import { file, toggle } from '../settings/kinds.ts';
import { layerOfFlags } from '../settings/layers.ts';
import { listenSettings } from '../settings/listen-settings.ts';
import { serveSettings } from '../settings/serve-settings.ts';
import { flagName, type SettingTable } from '../settings/setting-table.ts';
import type { Settings } from '../settings/settings.ts';

interface InitSettings extends Pick<Settings, 'interface' | 'scriptName'> {
  typescript: boolean;
  javascript: boolean;
  install: boolean;
  passenger: boolean;
  sharedHosting: string;
  resident: boolean;
  fcgid: boolean;
  force: boolean;
}

const initSettings: SettingTable<InitSettings> = {
  typescript: { kind: toggle, help: 'the application in TypeScript', default: '(unless --javascript)' },
  javascript: { kind: toggle, help: 'the application in JavaScript' },
  install: { kind: toggle, help: 'install its packages, too' },
  passenger: {
    kind: toggle,
    help: `instead: write ${START_FILE}, which starts FILE under Passenger (cPanel, Plesk) and LiteSpeed`,
  },
  sharedHosting: {
    kind: file('DIR'),
    help: `instead: write .htaccess and ${PROGRAMS.cgi} into the document root DIR, which start FILE under Apache as CGI`,
  },
  resident: {
    kind: toggle,
    help: 'with --shared-hosting: CGI as build-cgi --resident has it, by a process that stays',
  },
  fcgid: {
    kind: toggle,
    help: `with --shared-hosting: ${PROGRAMS.fcgid}, which mod_fcgid keeps running`,
  },
  interface: {
    ...serveSettings.interface,
    help: 'with --passenger, --shared-hosting: how the application is called',
  },
  scriptName: {
    ...listenSettings.scriptName,
    help: 'with --passenger, --shared-hosting: where the application is mounted',
  },
  force: { kind: toggle, help: 'replace files that are there' },
};

/** `tsgi init`. */
export const initCommand: Command = {
  usage: 'tsgi init [DIR] [options]',
  description: `
Writes a new application into DIR, with a test; it runs by npm install and
npm start. With --passenger or --shared-hosting it writes what starts an
application that is there, FILE instead of DIR: one for TSGI, one of a
framework, or what SvelteKit, Astro or Nitro have built; without FILE,
package.json's main, or app.js. Nothing is replaced without --force.`,
  first: {
    typescript: 'the application in TypeScript',
    javascript: 'the application in JavaScript',
    install: 'install its packages, too',
    passenger: `write ${START_FILE} for Passenger (cPanel, Plesk) and LiteSpeed`,
    'shared-hosting': `write .htaccess and ${PROGRAMS.cgi} for a host without root`,
    resident: 'with --shared-hosting: a process of it stays',
    fcgid: 'with --shared-hosting: for mod_fcgid, which keeps it running',
    'script-name': 'where the application is mounted',
    force: 'replace files that are there',
  },
  takes: 'files',
  flags: flagsOf(initSettings),
  async run({ positionals, flags }) {
    const [given, extra] = positionals;
    const { values } = layerOfFlags(initSettings, flags);
    if (values.passenger === true) {
      refuseBeside('--passenger', values, [
        'typescript',
        'javascript',
        'install',
        'sharedHosting',
        'resident',
        'fcgid',
      ]);
      if (extra !== undefined) throw usageError(`unexpected argument "${extra}": one application is started`);
      writeStartFile(given, values);
      return EXIT.done;
    }
    const { sharedHosting } = values;
    if (sharedHosting !== undefined) {
      refuseBeside('--shared-hosting', values, ['typescript', 'javascript', 'install']);
      if (extra !== undefined) throw usageError(`unexpected argument "${extra}": one application is started`);
      const { writeSharedHosting } = await import('../init/write-shared-hosting.ts');
      return writeSharedHosting({ ...values, root: sharedHosting, given });
    }
    refuseBeside('a new application', values, ['resident', 'fcgid', 'interface', 'scriptName']);
    if (extra !== undefined) throw usageError(`unexpected argument "${extra}": one application is written`);
    writeStarter(given, values);
    return EXIT.done;
  },
};

/** What would change nothing is not dropped in silence. */
function refuseBeside(
  what: string,
  values: Partial<InitSettings>,
  keys: readonly (keyof InitSettings & string)[],
): void {
  for (const key of keys) {
    if (values[key] !== undefined) throw usageError(`--${flagName(key)} is not for ${what}`);
  }
}

function writeStartFile(given: string | undefined, values: Partial<InitSettings>): void {
  const folder = process.cwd();
  const app = findAppIn(folder, given, [START_FILE]);
  const text = startFileText({ app, interface: values.interface, scriptName: values.scriptName });
  writeFiles(folder, [{ path: START_FILE, text }], values.force === true);
  print(`wrote ${START_FILE}, which starts ${app}
${dependencyHint(folder)}In cPanel (Setup Node.js App) and Plesk (Node.js) it is the "Application startup file"; for Passenger's own configuration:
  PassengerAppType node
  PassengerAppRoot ${folder}
  PassengerStartupFile ${START_FILE}
node ${START_FILE} tries it here. What keeps it from starting is written to start-error.log beside it.
`);
}

function writeStarter(given: string | undefined, values: Partial<InitSettings>): void {
  if (given === undefined) throw usageError('expected a folder, as in tsgi init my-app; tsgi init . is this one');
  if (/\.[cm]?[jt]s$/.test(given)) {
    throw usageError(`expected a folder, found ${given}; did you mean tsgi init --passenger ${given}?`);
  }
  if (values.typescript === true && values.javascript === true) {
    throw usageError('--typescript and --javascript: expected one of them');
  }
  const folder = resolve(given);
  const isTyped = values.typescript ?? values.javascript !== true;
  const { dependencies, clone } = ownPackages();
  const files = starterFiles({
    name: packageName(basename(folder)),
    language: isTyped ? 'typescript' : 'javascript',
    dependencies,
  });
  writeFiles(folder, files, values.force === true);
  const path = relative('', folder);
  const enter = path === '' ? '' : `cd ${shellWord(path)} && `;
  if (values.install === true) installPackages(folder, `${enter}npm install`);
  print(`wrote ${files.map((file) => file.path).join(', ')}
${clone === undefined ? '' : `package.json takes tsgi from ${clone}, as long as it is not on npm\n`}${enter}${values.install === true ? '' : 'npm install && '}npm start       # http://127.0.0.1:8000
`);
}

/** What can be pasted into a shell. */
function shellWord(path: string): string {
  return /^[\w./~+@%:-]+$/.test(path) && !path.startsWith('~') && !path.startsWith('-')
    ? path
    : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

/** The most usual mistake is a host that has no tsgi to load. */
function dependencyHint(folder: string): string {
  const manifest = packageOf(folder);
  if (manifest === undefined) return 'There is no package.json here: npm init, then npm install tsgi\n';
  const dependencies = manifest['dependencies'];
  const has = typeof dependencies === 'object' && dependencies !== null && 'tsgi' in dependencies;
  return has ? '' : "tsgi is not among package.json's dependencies: npm install tsgi\n";
}
