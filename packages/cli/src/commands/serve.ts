import type { App } from '@tsgi/core';
import { type Command, flagsOf, type Invocation } from '../command-line/command.ts';
import { readConfigFile } from '../settings/config-file.ts';
import { CommandFailure, EXIT, usageError } from '../command-line/failure.ts';
import {
  type FlagValues,
  type Layer,
  layerOfConfig,
  layerOfFlags,
  layerOfVariables,
  sourceOf,
  strongest,
} from '../settings/layers.ts';
import { loadApp } from '../serving/load-app.ts';
import { makePlan, type Plan } from '../serving/plan.ts';
import { reserveStdout } from '../command-line/standard-streams.ts';
import { serveSettings } from '../settings/serve-settings.ts';
import { serveApp } from '../serving/serve-app.ts';
import type { ForwardSettings } from '../settings/gateway-settings.ts';
import type { NamedServer } from '../settings/named-servers.ts';
import type { PreparedServer } from '../serving/prepared-server.ts';
import type { Served } from '../serving/serve-listening.ts';
import type { Settings } from '../settings/settings.ts';
import type { Bind } from '../settings/bind.ts';
import type { Worker } from '../serving/worker.ts';

/** Of `tsgi gateway`: named here, for its table would cost a CGI program its loading. */
const GATEWAY_ONLY: readonly (keyof ForwardSettings)[] = [
  'to',
  'root',
  'static',
  'connectTimeout',
  'responseTimeout',
  'idleTimeout',
  'maxSpool',
  'redirectTo',
  'sendfile',
  'pool',
  'extension',
  'params',
  'args',
  'env',
  'authorization',
  'maxProcesses',
  'spawn',
  'mode',
  'maxChildren',
  'minSpare',
  'maxSpare',
  'processIdleTimeout',
  'busyTimeout',
  'queue',
  'queueTimeout',
  'startTimeout',
];

const { app: _positional, ...optionSettings } = serveSettings;

/** `tsgi serve`. */
export const serveCommand: Command = {
  usage: 'tsgi serve [APP] [options]',
  description: `
Serves the application that the module APP exports: its default export, or app;
APP:name for another one. It is one for TSGI, a fetch application (Hono, H3) or
one for Node (Express, Koa, Fastify): its shape says which.

A setting comes from its flag, else from tsgi.config.{ts,mts,js,mjs,json}, else
from its variable TSGI_NAME (for http and https also PORT and HOST), else it is
found out: a listening socket on standard input means fcgi, GATEWAY_INTERFACE
cgi, --tls-key with --tls-cert https. --no-NAME switches off what a config file
or a variable has switched on. Durations are 500ms, 2s, 5m or seconds; sizes
64k, 1m or bytes; unlimited lifts a limit.`,
  first: {
    bind: 'HOST:PORT, unix:PATH or fd:N; repeatable',
    backend: 'the wire (default: http, or found out)',
    workers: 'processes that serve; auto: one a core',
    threads: 'threads that run the application',
    watch: 'starts again when a file of the app changes',
    validate: 'logs what breaks a rule of the contract',
    'access-log': 'logs a line for each request',
    metrics: 'serves figures and a status page at this port',
    grace: 'for running requests at the end (default: 10s)',
    'tls-key': 'the private key for https',
    'tls-cert': 'its certificate, with the intermediate ones',
    config: 'the config file (default: tsgi.config.*)',
    'check-config': 'checks all that is set, and ends',
    'print-config': 'prints all that is set, and ends',
  },
  takes: 'files',
  flags: {
    ...flagsOf(optionSettings),
    config: {
      placeholder: 'FILE',
      short: 'c',
      help: 'the config file',
      default: 'tsgi.config.* in the current folder',
    },
    server: {
      placeholder: 'NAME',
      multiple: true,
      help: 'which servers of the config file; repeatable',
      default: 'all',
    },
    'print-config': { help: 'print what is set, and end' },
    'check-config': { help: 'load the application, try all that a start would need, and end' },
  },
  wires: async () => (await import('../settings/wires.ts')).wiresToName,
  async run(invocation) {
    const releaseStdout = reserveStdout();
    const worker = await workerOf(process.env);
    if (worker === undefined) return serve(invocation, releaseStdout);
    try {
      return await serve(invocation, releaseStdout, worker);
    } catch (error) {
      const { tellFailure } = await import('../serving/worker.ts');
      if (error instanceof CommandFailure) await tellFailure(error);
      throw error;
    }
  },
};

async function serve(invocation: Invocation, releaseStdout: () => void, worker?: Worker): Promise<number> {
  if (process.env['TSGI_READ_SETTINGS'] !== undefined) {
    const { sendSettings } = await import('../serving/reread-settings.ts');
    return sendSettings(() => readServers(invocation));
  }
  const servers = await prepared(await readServers(invocation), worker);
  if (invocation.flags['print-config'] === true) {
    releaseStdout();
    const { printConfig } = await import('../settings/print-config.ts');
    printConfig(servers);
    return EXIT.done;
  }
  for (const { name, layer } of servers) {
    if (layer.values.app === undefined) throw expectedApp(name);
    if (layer.values.umask !== undefined) process.umask(Number.parseInt(layer.values.umask, 8));
  }
  const isCheck = invocation.flags['check-config'] === true;
  if (isCheck && servers.length > 1) {
    releaseStdout();
    const { checkServers } = await import('../serving/check-servers.ts');
    return checkServers(servers.map(({ name = '' }) => name));
  }
  if (!isCheck && worker === undefined && servers.some(hasWorkers)) {
    releaseStdout();
    const { supervise } = await import('../serving/supervise.ts');
    const { rereadSettings } = await import('../serving/reread-settings.ts');
    return supervise(servers, configFileOf(invocation)[0], async () => prepared(await rereadSettings()));
  }
  // Under CGI standard output is the response, whatever the application prints.
  if (servers.every(({ plan }) => plan.type !== 'cgi')) releaseStdout();
  if (isCheck) {
    // Before it becomes another user, as at a start.
    const { checkPlaces } = await import('../serving/check-places.ts');
    for (const { plan, layer } of servers) await checkPlaces(bindsOf(plan), layer);
  }
  for (const server of servers) {
    if (!hasWorkers(server)) refuseWithoutWorkers(server.layer);
    else await loseRights(server.layer, worker?.binds ?? bindsOf(server.plan));
  }
  const [first, second] = servers;
  if (second === undefined && first !== undefined) {
    const { app, what } = await loadedAs(first, worker, isCheck);
    if (!isCheck) return serveApp(app, what, first.plan, first.layer, worker);
    const { checkConfig } = await import('../serving/check-config.ts');
    return checkConfig(app, what, bindsOf(first.plan), first.layer);
  }
  const { serveListening } = await import('../serving/serve-listening.ts');
  const served: Served[] = [];
  for (const server of servers) {
    served.push({ ...(await loadedAs(server)), layer: server.layer, binds: bindsOf(server.plan) });
  }
  return serveListening(served);
}

/**
 * The servers with what each is to do.
 *
 * @param worker where one listens is not in its plan; who started it has looked.
 * @throws CommandFailure (exit 2) for what a wire cannot obey, and for what two servers cannot both have.
 */
async function prepared(servers: readonly NamedServer[], worker?: Worker): Promise<PreparedServer[]> {
  const all: PreparedServer[] = [];
  const names = servers.flatMap(({ name }) => name ?? []);
  for (const { name, layer } of servers) {
    if (layer.values.plugins !== undefined) {
      const { loadPlugins } = await import('../settings/plugins.ts');
      await loadPlugins(layer.values.plugins, layer.sources.plugins);
    }
    const plan = await makePlan(layer, process.env, name === undefined ? undefined : { name, all: names });
    if (worker === undefined) await refuseWhatIsSet(plan, layer);
    all.push({ name, layer, plan });
  }
  if (all.length > 1 || (bindsOf(all[0]?.plan).length > 1 && worker === undefined)) {
    const { refuseConflicts, refuseTwice } = await import('../serving/refuse-conflicts.ts');
    if (all.length > 1) refuseConflicts(all);
    else for (const { plan, layer } of all) refuseTwice(bindsOf(plan), sourceOf('bind', layer));
  }
  return all;
}

/** What nobody sets nobody disobeys, and every wire obeys `--backend`: a CGI program is mostly told no more than that. */
async function refuseWhatIsSet(plan: Plan, layer: Layer<Settings>): Promise<void> {
  if (Object.keys(layer.values).every((key) => key === 'app' || key === 'backend')) return;
  const { refuseDisobeyed } = await import('../serving/refuse-disobeyed.ts');
  refuseDisobeyed(plan, layer);
  const { accessLog, metrics } = layer.values;
  if (accessLog === undefined && metrics === undefined) return;
  const { checkObserving } = await import('../observing/check-observing.ts');
  checkObserving(layer);
}

function bindsOf(plan: Plan | undefined): readonly Bind[] {
  return plan?.type === 'listen' ? plan.binds : [];
}

/** Who watches files starts workers, for a module that is loaded stays as it is. */
function hasWorkers({ plan, layer }: PreparedServer): boolean {
  return plan.type === 'listen' && (layer.values.workers !== undefined || layer.values.watch === true);
}

/** The application as it is served, and what the banner calls it. */
async function loadedAs(
  { name, layer: { values } }: PreparedServer,
  worker?: Worker,
  isCheck = false,
): Promise<{ app: App; what: string }> {
  const load = (): Promise<{ app: App; what: string }> => loadedApp(values.app ?? '', values);
  let loaded: { app: App; what: string };
  if (worker === undefined || values.watch !== true) loaded = await load();
  else {
    const { loadOrExplain } = await import('../watching/load-or-explain.ts');
    loaded = await loadOrExplain(load);
  }
  let { app } = loaded;
  const what = name === undefined ? loaded.what : `${name} (${loaded.what})`;
  if (worker !== undefined && (values.maxRequests !== undefined || values.maxRss !== undefined)) {
    const { retiring } = await import('../serving/as-worker.ts');
    app = retiring(app, values, worker);
  }
  if (values.validate !== true || isCheck) return { app, what };
  const { validated } = await import('../serving/validated.ts');
  return { app: await validated(app), what };
}

/** The application, here or in threads. */
async function loadedApp(spec: string, settings: Partial<Settings>): Promise<{ app: App; what: string }> {
  const { threads, interface: as } = settings;
  if (threads !== undefined) {
    const { threadedApp } = await import('../serving/threaded-app.ts');
    return { app: await threadedApp({ spec, as }, threads), what: `${spec} in ${threads} threads` };
  }
  const { app, kind } = await loadApp(spec, as);
  return { app, what: kind === undefined ? spec : `${spec} (${kind})` };
}

/** What only a process that starts others can do is not dropped in silence. */
function refuseWithoutWorkers(layer: Layer<Settings>): void {
  for (const key of ['workerTimeout', 'maxRequests', 'maxRss', 'user', 'group', 'pidFile'] as const) {
    const value = layer.values[key];
    if (value !== undefined && value !== Infinity) throw usageError(`${sourceOf(key, layer)}: it needs --workers`);
  }
}

async function loseRights(layer: Layer<Settings>, binds: readonly Bind[]): Promise<void> {
  if (layer.values.user === undefined && layer.values.group === undefined) return;
  const worker = await import('../serving/as-worker.ts');
  await worker.loseRights(layer, binds);
}

/** Not for a CGI program, which pays for every module: only a process that was started as a worker asks further. */
async function workerOf(variables: NodeJS.ProcessEnv): Promise<Worker | undefined> {
  if (variables['TSGI_WORKER_BINDS'] === undefined) return undefined;
  const { asWorker } = await import('../serving/worker.ts');
  return asWorker();
}

/** The servers that the flags, the config file and the variables describe: one, unless the file has several. */
async function readServers(invocation: Invocation): Promise<NamedServer[]> {
  const { positionals, flags } = invocation;
  const [app, extra] = positionals;
  if (extra !== undefined)
    throw usageError(`unexpected argument "${extra}": one application is served${addressHint(extra)}`);
  const given = layerOfFlags(serveSettings, app === undefined ? flags : { ...flags, app });
  const file = await readConfigFile(...configFileOf(invocation));
  const variables = layerOfVariables(serveSettings, process.env, GATEWAY_ONLY);
  const chosen = chosenServers(flags['server']);
  if (file !== undefined && 'servers' in file.config) {
    const { namedServers } = await import('../settings/named-servers.ts');
    const servers = namedServers(file, given, variables, chosen);
    if (app === undefined || servers.length === 1) return await told(servers);
    const names = servers.map(({ name }) => name);
    throw usageError(`unexpected argument "${app}": ${file.name} has an application for each of ${names.join(', ')}`);
  }
  if (chosen[0] !== undefined) {
    throw usageError(`--server ${chosen[0]}: expected a config file with servers, found ${file?.name ?? 'none'}`);
  }
  const layer =
    file === undefined
      ? strongest(given, variables)
      : strongest(given, layerOfConfig(serveSettings, file.config, file.name, file.folder), variables);
  return await told([{ name: undefined, layer }]);
}

/** Who watches learns of the files that the settings came from: all that were loaded so far. */
async function told(servers: NamedServer[]): Promise<NamedServer[]> {
  if (servers.some(({ layer }) => layer.values.watch === true) && process.send !== undefined) {
    const { tellWatch } = await import('../watching/watch-messages.ts');
    tellWatch('settings');
  }
  return servers;
}

/** The file that was named, and where: a flag, or a variable. */
function configFileOf({ flags: { config } }: Invocation): [path: string | undefined, source: string] {
  return typeof config === 'string' ? [config, '--config'] : [process.env['TSGI_CONFIG'] || undefined, 'TSGI_CONFIG'];
}

/** Those of the flag; for a worker the one that it was started for. */
function chosenServers(flag: FlagValues[string]): string[] {
  const only = process.env['TSGI_WORKER_SERVER'];
  if (only !== undefined) return [only];
  return Array.isArray(flag) ? flag.filter((name) => typeof name === 'string') : [];
}

function expectedApp(name: string | undefined): CommandFailure {
  if (name !== undefined) return usageError(`${name}: expected an application, as in app: './app.js'`);
  return usageError('expected an application, as in tsgi serve app.js; see tsgi serve --help');
}

/** `tsgi serve app.js 8000`, as some servers have it. */
function addressHint(argument: string): string {
  if (/^\d{1,5}$/.test(argument)) return `; did you mean --bind 127.0.0.1:${argument}?`;
  return /^[^/]*:\d{1,5}$|^unix:/.test(argument) ? `; did you mean --bind ${argument}?` : '';
}
