/** RFC 9110 §9.2.2, of the methods that are registered with it. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Whether a request may be sent again although the first time may have had its effect. */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}
