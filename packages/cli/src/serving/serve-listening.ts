import type { App, RunningServer } from '@tsgi/core';
import type { Figures } from '../observing/figures.ts';
import type { Observing } from '../observing/observing.ts';
import type { MetricsServer } from '../observing/own-metrics.ts';
import type { Bind } from '../settings/bind.ts';
import type { Layer } from '../settings/layers.ts';
import type { ListenSettings } from '../settings/settings.ts';
import { writeBanner } from './banner.ts';
import type { Behind } from './behind.ts';
import { sayHttp2Caution } from './http2-caution.ts';
import { reloadAtHangup } from './reload-at-hangup.ts';
import { type RunningGroup, runUntilStopped } from './run-until-stopped.ts';
import type { ServiceManager } from './service-manager.ts';
import { startServers } from './start-servers.ts';
import { tellWhatIsServed } from './what-is-served.ts';
import type { Worker } from './worker.ts';

/** An application that is ready to be served. */
export interface Served {
  readonly app: App;
  /** Named in the banner. */
  readonly what: string;
  readonly binds: readonly Bind[];
  readonly layer: Layer<ListenSettings>;
}

/**
 * Serves until a signal: all, or none when one of them cannot start.
 *
 * @param worker this process is one: where it listens is the worker's, and so is the reload.
 * @param behind is reloaded and closed with it.
 * @returns the exit code.
 * @throws CommandFailure (exit 3) naming an address that cannot be had.
 */
export async function serveListening(all: readonly Served[], worker?: Worker, behind?: Behind): Promise<number> {
  const manager = await managerOf(process.env);
  const groups: RunningGroup[] = [];
  const observed: (Observing | undefined)[] = [];
  let metrics: MetricsServer | undefined;
  const reopen = (): void => {
    for (const observing of observed) observing?.reopen();
  };
  // Without a listener Node would open its debugger.
  process.on('SIGUSR1', reopen);
  worker?.onReopen(reopen);
  try {
    for (const { layer } of all) observed.push(await observingOf(layer));
    const shown = all.find(({ layer }) => layer.values.metrics !== undefined);
    // Before anything listens: who asks learns that it starts.
    if (shown !== undefined && worker === undefined) metrics = await ownMetrics(shown.layer, observed, behind);
    for (const [place, { app, binds, layer }] of all.entries()) {
      const observing = observed[place];
      const servers = await startServers(app, binds, layer, worker !== undefined, observing);
      groups.push({ servers, grace: layer.values.grace, shutdownDelay: layer.values.shutdownDelay });
    }
  } catch (error) {
    await Promise.all(serversOf(groups).map((server) => server.close({ grace: 0 })));
    await metrics?.close();
    throw error;
  }
  // A terminal that hangs up tells all processes of a group: who reloads them is the one that started them.
  if (worker !== undefined) process.on('SIGHUP', () => {});
  else
    await reloadAtHangup(
      all.map(({ layer }, place) => ({ layer, servers: groups[place]?.servers ?? [] })),
      manager,
    );
  // Before it says that it is ready: the banner follows that.
  if (worker !== undefined) for (const { what } of all) tellWhatIsServed(what);
  if (worker !== undefined) await tellWhileServing(observed, groups);
  metrics?.serving(serversOf(groups));
  if (behind !== undefined) process.on('SIGHUP', () => behind.reload());
  // First of all it heeds signals: who reads the banner may send one at once.
  const stopped = runUntilStopped(groups, worker, behind);
  if (worker === undefined) {
    for (const { binds, layer } of all) sayHttp2Caution(binds, layer.values);
    for (const [place, { what }] of all.entries()) {
      writeBanner(
        what,
        (groups[place]?.servers ?? []).map((server) => server.address),
      );
    }
  }
  if (manager !== undefined) {
    manager.ready();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => manager.stopping());
  }
  const exitCode = await stopped;
  await metrics?.close();
  await Promise.all(observed.map((observing) => observing?.close()));
  return exitCode;
}

/** Nothing is loaded where nobody wants to see anything. */
async function observingOf(layer: Layer<ListenSettings>): Promise<Observing | undefined> {
  const { accessLog, accessLogFile, metrics } = layer.values;
  const isLogged = accessLog === undefined ? accessLogFile !== undefined : accessLog !== 'off';
  if (!isLogged && metrics === undefined) return undefined;
  const { observe } = await import('../observing/observing.ts');
  return observe(layer);
}

async function ownMetrics(
  layer: Layer<ListenSettings>,
  observed: readonly (Observing | undefined)[],
  behind: Behind | undefined,
): Promise<MetricsServer> {
  const { startOwnMetrics } = await import('../observing/own-metrics.ts');
  return startOwnMetrics(layer, figuresOf(observed), behind && (() => behind.status()));
}

async function tellWhileServing(
  observed: readonly (Observing | undefined)[],
  groups: readonly RunningGroup[],
): Promise<void> {
  const [figures] = figuresOf(observed);
  if (figures === undefined) return;
  const { keepTelling } = await import('../observing/tell-figures.ts');
  const tellLast = keepTelling(figures);
  // Before the way to the process that started this one is let go of.
  void Promise.all(serversOf(groups).map((server) => server.closed)).then(tellLast);
}

function figuresOf(observed: readonly (Observing | undefined)[]): Figures[] {
  return observed.flatMap((observing) => observing?.figures ?? []);
}

function serversOf(groups: readonly RunningGroup[]): RunningServer[] {
  return groups.flatMap(({ servers }) => servers);
}

/** Whoever waits to be told that this process serves; hardly ever anybody. */
export async function managerOf(variables: NodeJS.ProcessEnv): Promise<ServiceManager | undefined> {
  if (variables['NOTIFY_SOCKET'] === undefined) return undefined;
  const { serviceManager } = await import('./service-manager.ts');
  return serviceManager(variables);
}
