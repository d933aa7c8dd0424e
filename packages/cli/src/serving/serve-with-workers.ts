import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TsgiError } from '@tsgi/core';
import { Crew, FIRST_DESCRIPTOR, startProcess } from '@tsgi/supervisor';
import { formatAddress, type HeldSocket, holdSocket } from '@tsgi/transport';
import type { Bind } from '../settings/bind.ts';
import { firstLine, startError, whyNoFile } from '../command-line/failure.ts';
import { logLine } from '../command-line/standard-streams.ts';
import { writeBanner } from './banner.ts';
import type { ServiceManager } from './service-manager.ts';
import { startFailure } from './start-failure.ts';
import { WORKER_BINDS, type WorkerBind } from './worker.ts';

/** What several processes serve, and how many. */
export interface WorkersPlan {
  readonly app: string;
  readonly binds: readonly Bind[];
  readonly workers: number;
  /** Milliseconds. */
  readonly grace: number;
  readonly workerTimeout: number;
  readonly pidFile: string | undefined;
}

const SCRIPT = fileURLToPath(new URL('../../bin/tsgi.js', import.meta.url));

/** The sockets of a plan, by the address that asked for them. */
type Sockets = ReadonlyMap<string, HeldSocket>;

/**
 * Serves with several processes until a signal. This process holds the sockets and serves nothing itself: no connection is
 * lost when a worker makes way for another. SIGHUP replaces the workers one by one, with what `reread` finds; SIGTTIN and
 * SIGTTOU take one more and one less; SIGTERM and SIGINT end gracefully, a second one at once.
 *
 * @throws CommandFailure (exit 3) naming an address that cannot be had, or the PID file.
 * @returns the exit code: 3 when the application cannot start.
 */
export async function serveWithWorkers(
  first: WorkersPlan,
  reread: () => Promise<WorkersPlan>,
  manager?: ServiceManager,
): Promise<number> {
  const { pidFile } = first;
  if (pidFile === undefined) return superviseWorkers(first, reread, manager);
  writePid(pidFile);
  try {
    return await superviseWorkers(first, reread, manager);
  } finally {
    rmSync(pidFile, { force: true });
  }
}

async function superviseWorkers(
  first: WorkersPlan,
  reread: () => Promise<WorkersPlan>,
  manager: ServiceManager | undefined,
): Promise<number> {
  let plan = first;
  let sockets: Sockets = await holdAll(plan.binds, new Map());
  /** What a reload replaces, as long as it runs. */
  let last: { readonly plan: WorkersPlan; readonly sockets: Sockets } | undefined;
  const crew = new Crew({
    size: plan.workers,
    grace: plan.grace,
    log: logLine,
    start: (_id, events) =>
      startProcess(
        {
          module: SCRIPT,
          args: process.argv.slice(2),
          env: { ...process.env, [WORKER_BINDS]: JSON.stringify(workerBinds(plan, sockets)) },
          descriptors: [...sockets.values()].map(({ fd }) => fd),
          responseTimeout: plan.workerTimeout,
        },
        events,
      ),
    onReady() {
      writeBanner(
        `${plan.app} with ${plan.workers} ${plan.workers === 1 ? 'worker' : 'workers'}`,
        addressesOf(plan, sockets),
      );
      manager?.ready();
    },
    onReloaded(succeeded) {
      manager?.ready();
      if (last === undefined) return;
      const [keep, leave] = succeeded ? [sockets, last.sockets] : [last.sockets, sockets];
      if (!succeeded) ({ plan, sockets } = last);
      last = undefined;
      closeAllBut(keep, leave);
      if (succeeded) logLine('reloaded');
    },
  });
  const reload = async (): Promise<void> => {
    manager?.reloading();
    try {
      const next = await reread();
      const wanted = await holdAll(next.binds, sockets);
      last ??= { plan, sockets };
      plan = next;
      sockets = wanted;
    } catch (error) {
      logLine(`not reloaded: ${firstLine(error)}; the workers go on`);
      manager?.ready();
      return;
    }
    if (plan.workers !== crew.size) crew.resize(plan.workers);
    crew.reload();
  };
  const stop = (): void => {
    manager?.stopping();
    crew.stop();
  };
  const release = onSignals(crew, plan.grace, stop, () => void reload());
  crew.start();
  const code = await crew.ended;
  release();
  closeAllBut(new Map(), sockets);
  return code;
}

function onSignals(crew: Crew, grace: number, stop: () => void, reload: () => void): () => void {
  let ending = false;
  const end = (): void => {
    if (ending) crew.force();
    else {
      logLine(`closing, within ${grace / 1000} s; a second signal closes at once`);
      stop();
    }
    ending = true;
  };
  const handlers: Partial<Record<NodeJS.Signals, () => void>> = {
    SIGTERM: end,
    SIGINT: end,
    SIGHUP: reload,
    SIGTTIN: () => crew.resize(crew.size + 1),
    SIGTTOU: () => crew.resize(crew.size - 1),
  };
  for (const [signal, handler] of Object.entries(handlers)) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of Object.entries(handlers)) process.off(signal, handler);
  };
}

/** The sockets of these addresses: those that are held already, and new ones for the rest. */
async function holdAll(binds: readonly Bind[], held: Sockets): Promise<Sockets> {
  const sockets = new Map<string, HeldSocket>();
  try {
    for (const bind of binds) {
      const where = formatAddress(bind.scheme, bind.address);
      try {
        sockets.set(where, held.get(where) ?? (await holdSocket(bind.scheme, bind.address)));
      } catch (error) {
        throw error instanceof TsgiError ? startFailure(error, bind) : error;
      }
    }
  } catch (error) {
    closeAllBut(held, sockets);
    throw error;
  }
  return sockets;
}

function closeAllBut(keep: Sockets, sockets: Sockets): void {
  const kept = new Set(keep.values());
  for (const socket of sockets.values()) if (!kept.has(socket)) socket.close();
}

function workerBinds({ binds }: WorkersPlan, sockets: Sockets): WorkerBind[] {
  const places = [...sockets.keys()];
  return binds.map(({ scheme, address }) => ({
    scheme,
    fd: FIRST_DESCRIPTOR + places.indexOf(formatAddress(scheme, address)),
  }));
}

function addressesOf({ binds }: WorkersPlan, sockets: Sockets): string[] {
  return binds.map(({ scheme, address }) => {
    const found = sockets.get(formatAddress(scheme, address));
    return formatAddress(scheme, found?.address ?? address);
  });
}

function writePid(file: string): void {
  try {
    writeFileSync(file, `${process.pid}\n`);
  } catch (error) {
    throw startError(`--pid-file ${file}: ${whyNoFile(error)}`, error);
  }
}
