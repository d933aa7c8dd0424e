import { supervised, type Supervision } from '@tsgi/supervisor';
import { endUnfinished } from '../command-line/completed.ts';
import type { CommandFailure } from '../command-line/failure.ts';
import type { Bind, Scheme } from '../settings/bind.ts';

/** Where a worker finds what it listens on: JSON, a list of `WorkerBind`. */
export const WORKER_BINDS = 'TSGI_WORKER_BINDS';

/** Which of the servers of the config file a worker serves. */
export const WORKER_SERVER = 'TSGI_WORKER_SERVER';

/** A listening socket that a worker was given. */
export interface WorkerBind {
  readonly scheme: Scheme;
  readonly fd: number;
  /** What it is bound to, as who started the worker calls it. */
  readonly where: string;
}

/** This process as a worker of another one. */
export interface Worker extends Supervision {
  readonly binds: readonly Bind[];
}

/** Why a worker cannot start, as it tells who started it: all of them may say the same, and it is said once. */
export type WorkerFailure = Pick<CommandFailure, 'message' | 'frames'>;

/** Resolves when it has been told, or nobody can be told any more. */
export async function tellFailure(failure: CommandFailure): Promise<void> {
  if (!process.connected) return;
  const { message, frames } = failure;
  failure.isTold = await new Promise<boolean>((resolve) => {
    process.send?.({ tsgiFailure: { message, frames } }, undefined, undefined, (error) => resolve(error === null));
  });
}

/** What it says, if that is what a message is. */
export function failureIn(message: unknown): WorkerFailure | undefined {
  if (typeof message !== 'object' || message === null || !('tsgiFailure' in message)) return undefined;
  return message.tsgiFailure as WorkerFailure;
}

/** What this process is to serve as a worker; `undefined` when it is none. */
export function asWorker(): Worker | undefined {
  const text = process.env[WORKER_BINDS];
  if (text === undefined) return undefined;
  // What a service manager has handed over is for who started it.
  for (const name of [WORKER_BINDS, 'LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES']) delete process.env[name];
  const supervision = supervised();
  if (supervision === undefined) return undefined;
  // Until it serves it has nothing to finish.
  supervision.onDrain(endUnfinished);
  const given: readonly WorkerBind[] = JSON.parse(text);
  return {
    ...supervision,
    binds: given.map(({ scheme, fd, where }) => ({ scheme, address: { type: 'fd', fd }, where })),
  };
}
