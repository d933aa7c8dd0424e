/**
 * A host, of RFC 3986 §3.2.2: a name, an IPv4 address, or an IPv6 address in brackets. No user, no port, no white space;
 * what an IPv6 address may be is left to whoever connects to it.
 */
export const HOST: RegExp = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)$/;

const HOST_AND_PORT = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(?::(\d{0,5}))?$/;

/** What `Host`, `:authority` and CONNECT hold (RFC 9110 §7.2). */
export interface Authority {
  /** As `HOST` has it, an IPv6 address in its brackets. */
  readonly host: string;
  /** Decimal digits, 5 at most; empty after a colon that nothing follows; `undefined` without one. */
  readonly port: string | undefined;
}

/** Takes `host` or `host:port` apart; `undefined` for what is neither. */
export function parseAuthority(text: string): Authority | undefined {
  const match = HOST_AND_PORT.exec(text);
  return match?.[1] === undefined ? undefined : { host: match[1], port: match[2] };
}

/** Whether it is `host` or `host:port`. */
export function isAuthority(text: string): boolean {
  return HOST_AND_PORT.test(text);
}
