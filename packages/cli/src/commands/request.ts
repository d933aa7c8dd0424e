import { AnswerPrinter } from '../request/answer-printer.ts';
import { type Command, flagsOf } from '../command-line/command.ts';
import { completed } from '../command-line/completed.ts';
import { endWithoutApp } from '../command-line/end-without-app.ts';
import { endedByApp, EXIT, usageError } from '../command-line/failure.ts';
import { choice, patience } from '../settings/kinds.ts';
import { layerOfFlags } from '../settings/layers.ts';
import { listenSettings } from '../settings/listen-settings.ts';
import { loadApp } from '../serving/load-app.ts';
import { outgoingRequest } from '../request/outgoing-request.ts';
import { logLine } from '../command-line/standard-streams.ts';
import { reserveStdout } from '../command-line/standard-streams.ts';
import { REQUEST_WIRES, sendRequest } from '../request/send-request.ts';
import { serveSettings } from '../settings/serve-settings.ts';
import type { SettingTable } from '../settings/setting-table.ts';
import type { Settings } from '../settings/settings.ts';

/** `tsgi.after_response` hooks may still run. */
const LAST_WORK_MS = 1000;

interface RequestSettings extends Pick<Settings, 'scriptName' | 'interface'> {
  backend: (typeof REQUEST_WIRES)[number];
  timeout: number;
}

const requestSettings: SettingTable<RequestSettings> = {
  backend: { kind: choice(REQUEST_WIRES), help: 'the wire', default: 'http' },
  interface: serveSettings.interface,
  scriptName: listenSettings.scriptName,
  timeout: { kind: patience, help: 'how long the whole answer may take; then it ends 1', default: 'unlimited' },
};

/** `tsgi request`. */
export const requestCommand: Command = {
  usage: 'tsgi request APP [/PATH[?QUERY]] [options]',
  description: `
Sends one request to an application through a real wire, both ends of it, and
prints the answer as curl -i does. Ends 1 when the answer was cut short.

No port is opened: the two ends meet at a private UNIX socket, and for cgi a
process is started. What the application logs goes to standard error.`,
  first: {
    backend: 'the wire (default: http)',
    method: 'the method (default: GET, with --data POST)',
    header: 'Name: value; repeatable',
    data: 'the body; @FILE, @- for standard input',
    fail: 'end 1 when the status is 400 or above',
    timeout: 'for the whole answer (default: unlimited)',
    interface: 'how the application is called',
  },
  takes: 'files',
  flags: {
    ...flagsOf(requestSettings),
    method: { short: 'X', placeholder: 'METHOD', help: 'the method', default: 'GET, with --data POST' },
    header: { short: 'H', placeholder: 'HEADER', multiple: true, help: 'Name: value; repeatable' },
    data: {
      short: 'd',
      placeholder: 'DATA',
      multiple: true,
      help: 'the body; @FILE, @- for standard input; repeatable, then joined with &',
    },
    fail: { short: 'f', help: 'end 1 when the status is 400 or above' },
  },
  async run({ positionals, flags }) {
    const [spec, path = '/', extra] = positionals;
    if (spec === undefined) throw usageError('expected an application, as in tsgi request app.js /path');
    if (extra !== undefined) throw usageError(`unexpected argument "${extra}"`);
    const layer = layerOfFlags(requestSettings, flags);
    const { backend: wire = 'http', timeout = Infinity } = layer.values;
    const outgoing = outgoingRequest(path, {
      method: listOf(flags['method'])[0],
      headers: listOf(flags['header']),
      data: listOf(flags['data']),
    });
    const printer = new AnswerPrinter(process.stdout);
    reserveStdout();
    const { app } = await loadApp(spec, layer.values.interface);
    const controller = new AbortController();
    const timer = timeout === Infinity ? undefined : setTimeout(() => controller.abort(), timeout);
    const plan = { wire, app, spec, outgoing, layer, printer, signal: controller.signal };
    const complete = await completed(() => sendRequest(plan), endedByApp());
    clearTimeout(timer);
    endWithoutApp(LAST_WORK_MS);
    if (printer.unread) return EXIT.done;
    if (controller.signal.aborted) logLine(`there was no whole answer within ${timeout / 1000} s (--timeout)`);
    else if (!complete) logLine('the answer was cut short');
    return !complete || (flags['fail'] === true && printer.status >= 400) ? EXIT.failed : EXIT.done;
  },
};

function listOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
}
