import type { TargetFigures } from '@tsgi/core/forward';
import type { ProgramsFigures } from '@tsgi/supervisor';
import type { Snapshot } from './figures.ts';

/** A process that serves. */
export interface ProcessStatus {
  /** `worker 3`. */
  readonly name: string;
  readonly pid: number;
  readonly state: 'starting' | 'ready' | 'draining';
  /** When it was started, in milliseconds since 1970. */
  readonly since: number;
  readonly snapshot: Snapshot | undefined;
}

/** What a gateway forwards to. */
export interface BehindStatus {
  readonly targets: readonly TargetFigures[];
  /** Those that it starts. */
  readonly programs: ProgramsFigures | undefined;
}

/** What is shown of a server. */
export interface Status {
  /** Why it takes no requests now; `undefined`: it does. */
  readonly notReady: 'starting' | 'draining' | undefined;
  readonly processes: readonly ProcessStatus[];
  /** Of processes that are gone, and still count. */
  readonly gone: readonly Snapshot[];
  /** Workers that ended and were replaced, by reason. */
  readonly restarts: Readonly<Record<string, number>>;
  readonly behind: BehindStatus | undefined;
  /** What happened of late, the newest first. */
  readonly events: readonly { readonly at: number; readonly text: string }[];
}
