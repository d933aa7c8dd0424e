import type { ServerRequest } from './server-request.ts';

/** What the bodies of a shared connection may hold beyond what each asked for, before the connection is paused. */
const SHARED_EXCESS = 196_608;
/** What one of them may hold when the connection cannot be paused because another one waits. */
export const MAX_EXCESS = 1_048_576;

/**
 * Whether a connection should stop reading. FastCGI has no flow control of its own: to pause one request is to pause
 * all on the connection, so while an application waits for bytes of its body nothing is paused.
 *
 * @param congested replies wait to be sent.
 */
export function shouldPause(active: ReadonlySet<ServerRequest>, congested: boolean): boolean {
  // With nothing active, replies pile up only for a peer that sends and does not read.
  if (active.size === 0) return congested;
  const room = active.size === 1 ? 0 : SHARED_EXCESS;
  let isOver = false;
  for (const { stdin, data } of active) {
    if (stdin?.waiting === true || data?.waiting === true) return false;
    isOver ||= (stdin?.excess ?? 0) > room || (data?.excess ?? 0) > room;
  }
  return isOver;
}
