import { availableParallelism } from 'node:os';
import type { App } from '@tsgi/core';
import { type Command, flagsOf, type Invocation } from '../command-line/command.ts';
import { readConfigFile } from '../settings/config-file.ts';
import { EXIT, usageError } from '../command-line/failure.ts';
import { type Layer, layerOfConfig, layerOfFlags, layerOfVariables, sourceOf, strongest } from '../settings/layers.ts';
import { loadApp } from '../serving/load-app.ts';
import { makePlan, type Plan } from '../serving/plan.ts';
import { reserveStdout } from '../command-line/standard-streams.ts';
import { serveSettings } from '../settings/serve-settings.ts';
import { managerOf, serveApp } from '../serving/serve-app.ts';
import type { ForwardSettings } from '../settings/gateway-settings.ts';
import type { Settings } from '../settings/settings.ts';
import type { Bind } from '../settings/bind.ts';
import type { WorkersPlan } from '../serving/serve-with-workers.ts';
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
];

const { app: _positional, ...optionSettings } = serveSettings;

/** `tsgi serve`. */
export const serveCommand: Command = {
  usage: 'tsgi serve [APP] [options]',
  description: `
Serves the application that the module APP exports: its default export, or app; APP:name for another one. It is one for
TSGI, a fetch application (Hono, H3, Elysia), or one for Node (Express, Koa, Fastify): its shape says which.
A setting comes from its flag, else from tsgi.config.{ts,mts,js,mjs,json}, else from its variable TSGI_NAME (for http
and https also PORT and HOST), else it is found out: a listening socket on standard input means fcgi, GATEWAY_INTERFACE
cgi, --tls-key with --tls-cert https. --no-NAME switches off what a config file or a variable has switched on.
Durations are 500ms, 2s, 5m or seconds; sizes 64k, 1m or bytes; unlimited lifts a limit.`,
  flags: {
    ...flagsOf(optionSettings),
    config: {
      placeholder: 'FILE',
      short: 'c',
      help: 'the config file',
      default: 'tsgi.config.* in the current folder',
    },
    'print-config': { help: 'print what is set, and end' },
    'check-config': { help: 'load the application and check all that is set, bind nothing, and end' },
  },
  wires: async () => (await import('../settings/wires.ts')).wiresToName,
  async run(invocation) {
    const releaseStdout = reserveStdout();
    const layer = await readSettings(invocation);
    if (layer.values.plugins !== undefined) {
      const { loadPlugins } = await import('../settings/plugins.ts');
      await loadPlugins(layer.values.plugins, layer.sources.plugins);
    }
    const plan = await makePlan(layer, process.env);
    const worker = await workerOf(process.env);
    // Where a worker listens is not in its plan; who started it has looked.
    if (worker === undefined) await refuseWhatIsSet(plan, layer);
    if (invocation.flags['print-config'] === true) {
      releaseStdout();
      const { printConfig } = await import('../settings/print-config.ts');
      printConfig(layer.values, plan);
      return EXIT.done;
    }
    const { app: spec } = layer.values;
    if (layer.values.umask !== undefined) process.umask(Number.parseInt(layer.values.umask, 8));
    if (spec === undefined) throw usageError('expected an application, as in tsgi serve app.js; see tsgi serve --help');
    const isCheck = invocation.flags['check-config'] === true;
    if (!isCheck && worker === undefined && plan.type === 'listen' && layer.values.workers !== undefined) {
      releaseStdout();
      const { sayHttp2Caution } = await import('../serving/http2-caution.ts');
      sayHttp2Caution(plan.binds, layer.values);
      const { serveWithWorkers } = await import('../serving/serve-with-workers.ts');
      const { identityOf } = await import('../serving/privileges.ts');
      // It says what is wrong with them before anything is bound.
      identityOf(layer);
      const reread = async (): Promise<WorkersPlan> => {
        const next = await readSettings(invocation);
        const nextPlan = await makePlan(next, process.env);
        await refuseWhatIsSet(nextPlan, next);
        identityOf(next);
        if (nextPlan.type !== 'listen') throw usageError('--backend cgi has no workers');
        return workersPlan(next.values.app ?? spec, nextPlan.binds, next.values);
      };
      return serveWithWorkers(workersPlan(spec, plan.binds, layer.values), reread, await managerOf(process.env));
    }
    // Under CGI standard output is the response, whatever the application prints.
    if (plan.type !== 'cgi') releaseStdout();
    if (layer.values.workers === undefined) refuseWithoutWorkers(layer);
    else await loseRights(layer, worker?.binds ?? bindsOf(plan));
    const loaded = await loadedApp(spec, layer.values);
    if (isCheck) {
      const { checkConfig } = await import('../serving/check-config.ts');
      return checkConfig(loaded.app, loaded.what, bindsOf(plan), layer);
    }
    const app = worker === undefined ? loaded.app : await untilSpent(loaded.app, layer.values, worker);
    if (layer.values.validate !== true) return serveApp(app, loaded.what, plan, layer, worker);
    const { validated } = await import('../serving/validated.ts');
    return serveApp(await validated(app), loaded.what, plan, layer, worker);
  },
};

/** What nobody sets nobody disobeys, and every wire obeys `--backend`: a CGI program is mostly told no more than that. */
async function refuseWhatIsSet(plan: Plan, layer: Layer<Settings>): Promise<void> {
  if (Object.keys(layer.values).every((key) => key === 'app' || key === 'backend')) return;
  const { refuseDisobeyed } = await import('../serving/refuse-disobeyed.ts');
  refuseDisobeyed(plan, layer);
}

function bindsOf(plan: Plan): readonly Bind[] {
  return plan.type === 'listen' ? plan.binds : [];
}

/** The application, here or in threads, and what the banner calls it. */
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

/** A worker becomes the user that it was told to be, before anything of the application runs. */
async function loseRights(layer: Layer<Settings>, binds: readonly Bind[]): Promise<void> {
  if (layer.values.user === undefined && layer.values.group === undefined) return;
  const { becomeUser, identityOf } = await import('../serving/privileges.ts');
  const identity = identityOf(layer);
  if (identity === undefined) return;
  if (binds.some(({ scheme }) => scheme === 'https')) {
    const { loadTlsAhead } = await import('../serving/load-tls.ts');
    loadTlsAhead(layer);
  }
  becomeUser(identity);
}

async function untilSpent(app: App, { maxRequests, maxRss }: Partial<Settings>, worker: Worker): Promise<App> {
  if (maxRequests === undefined && maxRss === undefined) return app;
  const retirement = await import('../serving/retirement.ts');
  return retirement.untilSpent(app, { maxRequests: maxRequests ?? Infinity, maxRss: maxRss ?? Infinity }, () =>
    worker.spent(),
  );
}

/** Not for a CGI program, which pays for every module: only a process that was started as a worker asks further. */
async function workerOf(variables: NodeJS.ProcessEnv): Promise<Worker | undefined> {
  if (variables['TSGI_WORKER_BINDS'] === undefined) return undefined;
  const { asWorker } = await import('../serving/worker.ts');
  return asWorker();
}

function workersPlan(app: string, binds: readonly Bind[], settings: Partial<Settings>): WorkersPlan {
  const { workers = 1, grace = 10_000, workerTimeout = Infinity, pidFile } = settings;
  return { app, binds, workers: workers === 'auto' ? availableParallelism() : workers, grace, workerTimeout, pidFile };
}

async function readSettings({ positionals, flags }: Invocation): Promise<Layer<Settings>> {
  const [app, extra] = positionals;
  if (extra !== undefined)
    throw usageError(`unexpected argument "${extra}": one application is served${addressHint(extra)}`);
  const given = layerOfFlags(serveSettings, app === undefined ? flags : { ...flags, app });
  const { config } = flags;
  const file =
    typeof config === 'string'
      ? await readConfigFile(config, '--config')
      : await readConfigFile(process.env['TSGI_CONFIG'] || undefined, 'TSGI_CONFIG');
  const variables = layerOfVariables(serveSettings, process.env, GATEWAY_ONLY);
  if (file === undefined) return strongest(given, variables);
  return strongest(given, layerOfConfig(serveSettings, file.config, file.name, file.folder), variables);
}

/** `tsgi serve app.js 8000`, as some servers have it. */
function addressHint(argument: string): string {
  if (/^\d{1,5}$/.test(argument)) return `; did you mean --bind 127.0.0.1:${argument}?`;
  return /^[^/]*:\d{1,5}$|^unix:/.test(argument) ? `; did you mean --bind ${argument}?` : '';
}
