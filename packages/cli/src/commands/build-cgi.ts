import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, flagsOf } from '../command-line/command.ts';
import { EXIT, usageError } from '../command-line/failure.ts';
import { refuseWhatIsThere } from '../command-line/refuse-what-is-there.ts';
import { print } from '../command-line/standard-streams.ts';
import { duration, file, texts, toggle } from '../settings/kinds.ts';
import { layerOfFlags } from '../settings/layers.ts';
import { serveSettings } from '../settings/serve-settings.ts';
import type { SettingTable } from '../settings/setting-table.ts';
import type { Settings } from '../settings/settings.ts';
import { findApp } from '../serving/load-app.ts';

interface BuildSettings extends Pick<Settings, 'interface' | 'scriptName' | 'environ' | 'validate'> {
  output: string;
  resident: boolean;
  idleExit: number;
  external: readonly string[];
  force: boolean;
}

const buildSettings: SettingTable<BuildSettings> = {
  output: { kind: file('FILE'), short: 'o', help: 'the file that is written' },
  interface: serveSettings.interface,
  scriptName: serveSettings.scriptName,
  environ: serveSettings.environ,
  validate: {
    ...serveSettings.validate,
    help: 'the file checks each request against the rules, and logs what breaks one',
  },
  resident: {
    kind: toggle,
    help: 'a program in C that passes requests on to a process which stays',
  },
  idleExit: {
    kind: duration,
    help: 'how long that process waits for a request before it ends',
    default: '5m',
  },
  external: {
    kind: texts('PACKAGE'),
    help: 'a package that is not bundled, but installed beside the file; repeatable',
    default: '(none)',
  },
  force: { kind: toggle, help: 'replace a file that is there' },
};

const IDLE_EXIT = 300_000;

/** `tsgi build-cgi`. */
export const buildCgiCommand: Command = {
  usage: 'tsgi build-cgi APP -o FILE [options]',
  description: `
Makes one executable file of an application and all that it imports, which a
web server runs as a CGI program: nothing else need be on the host but Node. It
starts in half of the time of tsgi serve --backend cgi. APP is what
tsgi serve takes.

It is not run here; TypeScript and JSON are bundled, too. A file that its code
reads at run time (a template, a picture) is not. With --resident a request
costs milliseconds, as no Node starts for it: a C compiler is needed here.`,
  takes: 'files',
  flags: flagsOf(buildSettings),
  first: {
    output: 'the file that is written',
    'script-name': 'where the app is mounted; / for the root',
    resident: 'no Node starts for a request: a process stays',
    'idle-exit': 'how long it waits for a request (default: 5m)',
    external: 'a package that is not bundled; repeatable',
    validate: 'each request is checked against the rules',
    force: 'replace a file that is there',
  },
  async run({ positionals, flags }) {
    const [spec, extra] = positionals;
    if (spec === undefined) throw usageError('expected an application, as in tsgi build-cgi app.js -o app.cgi');
    if (extra !== undefined)
      throw usageError(`unexpected argument "${extra}": one application is built; the file is -o FILE`);
    const {
      output,
      force = false,
      resident = false,
      idleExit,
      ...settings
    } = layerOfFlags(buildSettings, flags).values;
    if (output === undefined) throw usageError(`expected where to write it, as in tsgi build-cgi ${spec} -o app.cgi`);
    if (idleExit !== undefined && !resident) throw usageError('--idle-exit is of the process that --resident keeps');
    const target = resolve(output);
    const found = findApp(spec);
    const { writeExecutable } = await import('../cgi-file/write-executable.ts');
    refuseWhatIsThere(target, output, force, statSync);
    // As Node does it: what the application imports is looked for from where it really is.
    const app = realpathSync(found.file);
    if (target === app) throw usageError(`-o ${output}: it is the application itself`);
    const { bundle } = await import('../cgi-file/bundle.ts');
    const program = { ...settings, spec, file: app, name: found.name };
    if (resident) {
      const { residentFile } = await import('../cgi-file/resident-file.ts');
      const client = await bundle({ ...program, idleExit: idleExit ?? IDLE_EXIT }, 'cjs').then(residentFile);
      writeExecutable(target, client, output, force);
      print(`wrote ${output}: ${inKiB(client)}, for this machine's kind and ${process.execPath}\n`);
      return EXIT.done;
    }
    const { beginningOf } = await import('../cgi-file/first-lines.ts');
    const { format, lines } = beginningOf(target);
    const code = await bundle(program, format);
    const text = `${lines}// Written by tsgi build-cgi from ${spec.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '?')}\n;${code}`;
    writeExecutable(target, text, output, force);
    print(`wrote ${output}: ${inKiB(text)}, for Node 20.19 and newer\n`);
    return EXIT.done;
  },
};

function inKiB(file: string | Uint8Array): string {
  return `${Math.ceil(Buffer.byteLength(file) / 1024)} KiB`;
}
