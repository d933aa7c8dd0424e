import { listOf } from './codec/framing.ts';

// llhttp reads Connection, too, but takes Proxy-Connection for it, misses an option before a tab, and lets keep-alive win
// over close in HTTP/1.0.

/** Whether the client lets the connection go on after the response (RFC 9112 §9.3). */
export function persists(connection: string | undefined, protocol: string): boolean {
  if (connection === undefined) return protocol === 'HTTP/1.1';
  return !has(connection, 'close') && (protocol === 'HTTP/1.1' || has(connection, 'keep-alive'));
}

/** Whether the client would go on in another protocol (RFC 9110 §7.8). */
export function asksForUpgrade(connection: string | undefined, headers: readonly string[]): boolean {
  if (connection === undefined || !has(connection, 'upgrade')) return false;
  return headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'upgrade');
}

function has(connection: string, option: string): boolean {
  const value = connection.toLowerCase();
  // Most values are one option; to take a list apart costs more than the rest of it.
  return value === option || (value.includes(option) && listOf(value).includes(option));
}
