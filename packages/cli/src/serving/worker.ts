import { supervised, type Supervision } from '@tsgi/supervisor';
import type { Bind, Scheme } from '../settings/bind.ts';

/** Where a worker finds what it listens on: JSON, a list of `WorkerBind`. */
export const WORKER_BINDS = 'TSGI_WORKER_BINDS';

/** Which of the servers of the config file a worker serves. */
export const WORKER_SERVER = 'TSGI_WORKER_SERVER';

/** A listening socket that a worker was given. */
export interface WorkerBind {
  readonly scheme: Scheme;
  readonly fd: number;
}

/** This process as a worker of another one. */
export interface Worker extends Supervision {
  readonly binds: readonly Bind[];
}

/** What this process is to serve as a worker; `undefined` when it is none. */
export function asWorker(): Worker | undefined {
  const text = process.env[WORKER_BINDS];
  if (text === undefined) return undefined;
  delete process.env[WORKER_BINDS];
  const supervision = supervised();
  if (supervision === undefined) return undefined;
  const given: readonly WorkerBind[] = JSON.parse(text);
  return { ...supervision, binds: given.map(({ scheme, fd }) => ({ scheme, address: { type: 'fd', fd } })) };
}
