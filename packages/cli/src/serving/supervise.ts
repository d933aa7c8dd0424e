import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { usageError } from '../command-line/failure.ts';
import { configFileNames } from '../settings/config-file.ts';
import type { Layer } from '../settings/layers.ts';
import type { Settings } from '../settings/settings.ts';
import { Watch } from '../watching/watch.ts';
import { findApp } from './load-app.ts';
import { sayHttp2Caution } from './http2-caution.ts';
import { prepareLog } from './prepare-log.ts';
import { identityOf } from './privileges.ts';
import type { PreparedServer } from './prepared-server.ts';
import { managerOf } from './serve-listening.ts';
import { serveWithWorkers, type WorkersOptions } from './serve-with-workers.ts';
import type { WorkersPlan } from './worker-group.ts';

/**
 * Serves all of these with workers.
 *
 * @param configFile that of `--config` or its variable; `undefined` where it is looked for in the current folder.
 * @param reread the servers as they would be now.
 * @returns the exit code.
 */
export async function supervise(
  servers: readonly PreparedServer[],
  configFile: string | undefined,
  reread: () => Promise<readonly PreparedServer[]>,
): Promise<number> {
  for (const { plan, layer } of servers) if (plan.type === 'listen') sayHttp2Caution(plan.binds, layer.values);
  // It says what is wrong with them before anything is bound.
  const plans = plansOf(servers);
  const isWatched = servers.some(({ layer }) => layer.values.watch === true);
  // One that is to be written first would be watched for; this is rather a wrong name.
  if (isWatched) for (const { app } of plans) findApp(app);
  return serveWithWorkers({
    plans,
    reread: async () => plansOf(await reread()),
    watch: isWatched
      ? new Watch((configFile === undefined ? configFileNames : [configFile]).map((name) => resolve(name)))
      : undefined,
    pidFile: servers.map(({ layer }) => layer.values.pidFile).find((file) => file !== undefined),
    manager: await managerOf(process.env),
    metrics: await metricsOf(servers),
  });
}

/** The address is that of the first server that has one; it stays as long as the process. */
async function metricsOf(servers: readonly PreparedServer[]): Promise<WorkersOptions['metrics']> {
  const shown = servers.find(({ layer }) => layer.values.metrics !== undefined);
  if (shown === undefined) return undefined;
  const { serveMetrics } = await import('../observing/metrics-server.ts');
  return (status) => serveMetrics(shown.layer, status);
}

function plansOf(servers: readonly PreparedServer[]): WorkersPlan[] {
  return servers.map(({ name, layer, plan }) => {
    const identity = identityOf(layer);
    if (plan.type !== 'listen') throw usageError('--backend cgi has no workers');
    return {
      ...numbersOf(layer),
      name,
      app: layer.values.app ?? '',
      binds: plan.binds,
      prepareLogs: () => prepareLog(layer.values.accessLogFile, identity),
    };
  });
}

function numbersOf({
  values,
}: Layer<Settings>): Pick<WorkersPlan, 'workers' | 'grace' | 'shutdownDelay' | 'workerTimeout'> {
  const { workers = 1, grace = 10_000, shutdownDelay = 0, workerTimeout = Infinity } = values;
  return { workers: workers === 'auto' ? availableParallelism() : workers, grace, shutdownDelay, workerTimeout };
}
