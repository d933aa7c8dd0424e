import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  casesFor,
  checkTarget,
  matrixHtml,
  matrixMarkdown,
  parseTarget,
  type WireClient,
  reportText,
  type Run,
  runTarget,
  type SocketTarget,
} from '@tsgi/conformance';
import { type Command, flagsOf } from '../command-line/command.ts';
import { didYouMean } from '../command-line/did-you-mean.ts';
import { EXIT, firstLine, startError, usageError } from '../command-line/failure.ts';
import { jsonText } from '../command-line/json-text.ts';
import { print } from '../command-line/standard-streams.ts';
import { choice, count, patience, text, texts, toggle } from '../settings/kinds.ts';
import { layerOfFlags } from '../settings/layers.ts';
import { loadPlugins } from '../settings/plugins.ts';
import type { SettingTable } from '../settings/setting-table.ts';

const FORMATS = ['text', 'markdown', 'html', 'json'] as const;

interface ConformanceSettings {
  format: (typeof FORMATS)[number];
  output: string;
  case: readonly string[];
  timeout: number;
  concurrency: number;
  app: boolean;
  plugins: readonly string[];
}

const conformanceSettings: SettingTable<ConformanceSettings> = {
  format: { kind: choice(FORMATS), help: 'the report', default: 'text' },
  output: { kind: text('FILE'), short: 'o', help: 'where the report goes', default: '(standard output)' },
  case: { kind: texts('TEXT'), help: 'only cases whose name holds this; repeatable', default: '(all)' },
  timeout: { kind: patience, help: 'how long anything that must happen may take', default: '10s' },
  concurrency: { kind: count, help: 'cases at a time', default: '6' },
  app: { kind: toggle, help: "print the path of the kit's application, which the server has to serve, and end" },
  plugins: {
    kind: texts('MODULE'),
    help: 'a module that brings a wire, and speaks it for the kit; repeatable',
    default: '(none)',
  },
};

const FORMATTERS: Readonly<Record<ConformanceSettings['format'], (run: Run) => string>> = {
  text: reportText,
  markdown: (run) => matrixMarkdown([run]),
  html: (run) => matrixHtml([run]),
  json: jsonText,
};

/** `tsgi conformance`. */
export const conformanceCommand: Command = {
  usage: 'tsgi conformance TARGET [options]',
  description: `
Judges a server that somebody else wrote by what it makes of the conformance
kit's application. TARGET is [SCHEME://]HOST:PORT or [SCHEME+]unix:PATH, with
the schemes http, https, h2, h2c, fcgi and scgi. Ends 1 when a case fails.

The server has to serve that application, in one process; --app says where it
is. http is the default, h2 is HTTP/2 with TLS, h2c without.`,
  first: {
    format: 'the report (default: text)',
    output: 'where the report goes',
    case: 'only cases whose name holds this; repeatable',
    timeout: 'for anything that must happen (default: 10s)',
    concurrency: 'cases at a time (default: 6)',
    app: "prints the path of the kit's application, and ends",
  },
  flags: flagsOf(conformanceSettings),
  async run({ positionals, flags }) {
    const { values } = layerOfFlags(conformanceSettings, flags);
    if (values.app === true) {
      print(`${fileURLToPath(import.meta.resolve('@tsgi/conformance/app'))}\n`);
      return EXIT.done;
    }
    const [where, extra] = positionals;
    if (where === undefined) throw usageError('expected a server, as in tsgi conformance http://127.0.0.1:8000');
    if (extra !== undefined) throw usageError(`unexpected argument "${extra}"`);
    const target = targetOf(where, await clientsOf(values));
    const run = await judge(where, target, values);
    const report = FORMATTERS[values.format ?? 'text'](run);
    if (values.output === undefined) print(report);
    else await writeFile(values.output, report);
    return run.results.some(({ outcome }) => outcome === 'failed') ? EXIT.failed : EXIT.done;
  },
};

/** How a plugin's wire is spoken: its export `conformance`, which loads a `WireClient`. */
async function clientsOf({ plugins }: Partial<ConformanceSettings>): Promise<WireClient[]> {
  const clients: WireClient[] = [];
  for (const { conformance } of await loadPlugins(plugins)) {
    if (typeof conformance === 'function') clients.push(await conformance());
  }
  return clients;
}

function targetOf(where: string, clients: readonly WireClient[]): SocketTarget {
  try {
    return parseTarget(where, clients);
  } catch (error) {
    const [, scheme = ''] = /^([a-z][\w.-]{0,20})(?::\/\/|\+)/i.exec(where) ?? [];
    const schemes = ['http', 'https', 'h2', 'h2c', 'fcgi', 'scgi', ...clients.map(({ name }) => name)];
    throw usageError(`${firstLine(error)}${schemes.includes(scheme) ? '' : didYouMean(scheme, schemes)}`);
  }
}

async function judge(where: string, target: SocketTarget, values: Partial<ConformanceSettings>): Promise<Run> {
  const wanted = values.case;
  const cases = casesFor(target.wire, target.client).filter(
    ({ name }) => wanted?.some((part) => name.includes(part)) ?? true,
  );
  if (cases.length === 0) throw usageError(`--case: no case for ${target.wire} holds ${wanted?.join(' or ')}`);
  try {
    await checkTarget(target);
  } catch (error) {
    throw startError(`${where}: ${firstLine(error)}`, error);
  }
  const { timeout, concurrency } = values;
  return runTarget(where, target, {
    cases,
    ...(timeout === undefined ? undefined : { patience: timeout }),
    ...(concurrency === undefined ? undefined : { concurrency: Math.max(concurrency, 1) }),
  });
}
