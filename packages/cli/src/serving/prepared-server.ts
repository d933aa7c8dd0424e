import type { NamedServer } from '../settings/named-servers.ts';
import type { Plan } from './plan.ts';

/** A server, and what it is to do. */
export interface PreparedServer extends NamedServer {
  readonly plan: Plan;
}
