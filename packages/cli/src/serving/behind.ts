import type { BehindStatus } from '../observing/status.ts';

/** What the application needs, and what ends with it: programs that it forwards to. */
export interface Behind {
  /** At SIGHUP. */
  reload(): void;
  /** How it is now, for who looks. */
  status(): BehindStatus;
  /** All requests are over. */
  close(): Promise<void>;
}
