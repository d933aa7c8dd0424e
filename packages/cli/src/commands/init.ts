import { type Command, flagsOf } from '../command-line/command.ts';
import { EXIT, usageError } from '../command-line/failure.ts';
import { print } from '../command-line/standard-streams.ts';
import { findAppIn, packageOf } from '../init/find-app.ts';
import { START_FILE, startFileText } from '../init/start-file.ts';
import { writeFiles } from '../init/write-files.ts';
import { toggle } from '../settings/kinds.ts';
import { layerOfFlags } from '../settings/layers.ts';
import { listenSettings } from '../settings/listen-settings.ts';
import { serveSettings } from '../settings/serve-settings.ts';
import type { SettingTable } from '../settings/setting-table.ts';
import type { Settings } from '../settings/settings.ts';

interface InitSettings extends Pick<Settings, 'interface' | 'scriptName'> {
  passenger: boolean;
  force: boolean;
}

const initSettings: SettingTable<InitSettings> = {
  passenger: {
    kind: toggle,
    help: `write ${START_FILE}, which starts APP under Phusion Passenger (cPanel, Plesk) and LiteSpeed`,
  },
  interface: serveSettings.interface,
  scriptName: listenSettings.scriptName,
  force: { kind: toggle, help: 'replace files that are there' },
};

/** `tsgi init`. */
export const initCommand: Command = {
  usage: 'tsgi init --passenger [APP] [options]',
  description: `
Writes what a host needs to start an application. APP is what tsgi serve would
be given: a TSGI application, one of a framework, or what SvelteKit, Astro or
Nitro have built; without it, package.json's main, or app.js. Nothing that is
there is replaced without --force.`,
  takes: 'files',
  flags: flagsOf(initSettings),
  async run({ positionals, flags }) {
    const [given, extra] = positionals;
    if (extra !== undefined) throw usageError(`unexpected argument "${extra}": one application is started`);
    const { values } = layerOfFlags(initSettings, flags);
    if (values.passenger !== true) throw usageError('expected --passenger, as in tsgi init --passenger app.js');
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
    return EXIT.done;
  },
};

/** The most usual mistake is a host that has no tsgi to load. */
function dependencyHint(folder: string): string {
  const manifest = packageOf(folder);
  if (manifest === undefined) return 'There is no package.json here: npm init, then npm install tsgi\n';
  const dependencies = manifest['dependencies'];
  const has = typeof dependencies === 'object' && dependencies !== null && 'tsgi' in dependencies;
  return has ? '' : "tsgi is not among package.json's dependencies: npm install tsgi\n";
}
