import { writeToStderr } from '@tsgi/transport/log';
import { type Command, flagsOf } from '../command-line/command.ts';
import { completed } from '../command-line/completed.ts';
import { jsonText } from '../command-line/json-text.ts';
import { endWithoutApp } from '../command-line/end-without-app.ts';
import { endedByApp, EXIT, usageError } from '../command-line/failure.ts';
import { choice, patience, toggle } from '../settings/kinds.ts';
import { layerOfFlags } from '../settings/layers.ts';
import { loadApp } from '../serving/load-app.ts';
import { outgoingRequest } from '../request/outgoing-request.ts';
import { print } from '../command-line/standard-streams.ts';
import { reserveStdout } from '../command-line/standard-streams.ts';
import { serveSettings } from '../settings/serve-settings.ts';
import type { SettingTable } from '../settings/setting-table.ts';
import type { Settings } from '../settings/settings.ts';

const FORMATS = ['text', 'json'] as const;

interface CheckSettings {
  format: (typeof FORMATS)[number];
  interface: Settings['interface'];
  strict: boolean;
  timeout: number;
}

const checkSettings: SettingTable<CheckSettings> = {
  format: { kind: choice(FORMATS), help: 'the report for a person or for a program', default: 'text' },
  interface: serveSettings.interface,
  strict: { kind: toggle, help: 'end 1 on warnings too' },
  timeout: { kind: patience, help: 'how long an answer may take to begin', default: '10s' },
};

/** `tsgi check`. */
export const checkCommand: Command = {
  usage: 'tsgi check APP [/PATH[?QUERY] ...] [options]',
  description: `
Runs a battery of requests against an application under the validator, in this
process: every method, odd paths, bodies of every kind, HEAD, slow peers and
peers that leave. Each path gets the whole battery (default: /). Prints what
breaks the contract, where, and how to mend it; what the application logs goes
to standard error. Ends 1 on an error, and when the application throws.`,
  takes: 'files',
  flags: flagsOf(checkSettings),
  async run({ positionals, flags }) {
    const [spec, ...paths] = positionals;
    if (spec === undefined) throw usageError('expected an application, as in tsgi check app.js');
    const relative = paths.find((path) => !path.startsWith('/'));
    if (relative !== undefined) throw usageError(`unexpected argument "${relative}": a path begins with /`);
    const { format = 'text', interface: as, strict = false, timeout } = layerOfFlags(checkSettings, flags).values;
    const { stdout } = process;
    reserveStdout();
    const { app } = await loadApp(spec, as);
    const { checkApp, checkReportText } = await import('@tsgi/core/validator');
    const options = {
      paths: paths.length === 0 ? undefined : paths.map(targetOf),
      timeout,
      log: writeToStderr,
    };
    const report = await completed(() => checkApp(app, options), endedByApp());
    const color = stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
    const shown =
      format === 'json' ? jsonText(report) : checkReportText(report, { name: spec, color, folder: process.cwd() });
    print(shown, stdout);
    endWithoutApp(100);
    return report.passed && (!strict || report.warnings === 0) ? EXIT.done : EXIT.failed;
  },
};

/** Encoded as `tsgi request` does it. */
function targetOf(path: string): string {
  return outgoingRequest(path, { method: undefined, headers: [], data: [] }).target;
}
