import type { Deadlines } from '../http1/deadlines.ts';
import type { EnvironSettings } from '../environ/environ-factory.ts';
import type { Limits } from './limits.ts';

/** What the connections of one server share. */
export interface HttpServerContext extends EnvironSettings {
  readonly limits: Limits;
  readonly deadlines: Deadlines;
  /** `'Server: …\r\n'`, or empty. */
  readonly serverLine: string;
}
