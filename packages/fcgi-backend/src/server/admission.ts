import { CANT_MPX_CONN, OVERLOADED, UNKNOWN_ROLE } from '../codec/protocol.ts';
import type { Role } from '../codec/roles.ts';
import type { ServerSettings } from './server-settings.ts';

/** Replies that the web server does not read: no further request is begun until it does. */
const MAX_BACKLOG = 4_194_304;

/** What a new request finds on its connection. */
export interface ConnectionLoad {
  /** Requests that are active. */
  readonly active: number;
  /** It ends when they have ended. */
  readonly closing: boolean;
  /** Bytes that wait to be sent. */
  readonly backlog: number;
}

/** The protocolStatus with which a new request is refused (section 5.5), `undefined` when it is let in. */
export function refusalOf(
  role: Role | undefined,
  { roles, limits, load }: ServerSettings,
  connection: ConnectionLoad,
): number | undefined {
  if (role === undefined || !roles.has(role)) return UNKNOWN_ROLE;
  if (connection.active > 0 && !limits.multiplex) return CANT_MPX_CONN;
  const isEnding = connection.closing && connection.active > 0;
  const isFull = load.active >= limits.maxRequests || connection.backlog > MAX_BACKLOG;
  return isEnding || isFull ? OVERLOADED : undefined;
}
