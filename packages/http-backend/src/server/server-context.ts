import type { EnvironSettings } from '../environ/environ-factory.ts';
import type { Limits } from './limits.ts';

/** What the connections of one server share. */
export interface HttpServerContext extends EnvironSettings {
  readonly limits: Limits;
  /** `'Server: …\r\n'`, or empty. */
  readonly serverLine: string;
}
